//! Records as a page.

use maud::{Markup, html};

use super::figures::{
    accuracy_figure, best_figures, cost_figure, data_figures, learning_figure, name, of_all, source_figure,
};
use super::paired::signed;
use super::{Calibrated, Cost, Paired, Record, Repetition, Unit};
use dftective_report::draw::Figure;
use dftective_report::page::{HtmlTable, Remake, data_summary, failures, figures, page, remake, section};
use dftective_report::{Align, percent, three_decimals};

/// The page of experiments, one after the other.
pub fn experiment_page(all: &[Record]) -> String {
    let title = match all {
        [record] => record.experiment.title.clone(),
        _ => format!("{} experiments", all.len()),
    };
    let mut sections = Vec::new();
    for (number, record) in all.iter().enumerate() {
        // Names of links and figures must differ between the experiments of a page.
        let id = |name: &str| {
            if all.len() == 1 {
                name.to_owned()
            } else {
                format!("{name}-{}", number + 1)
            }
        };
        let named = |figure: Figure| {
            let id = id(&figure.id);
            figure.named(id)
        };
        let drawn = |figures_of: Vec<Figure>| {
            let all: Vec<Figure> = figures_of.into_iter().map(named).collect();
            figures(&all)
        };
        let head = if all.len() == 1 {
            String::new()
        } else {
            format!("{}: ", record.experiment.title)
        };
        let accuracies = html! {
            (about(record))
            (accuracies(record))
            (paired(record))
            (costs(record))
            (remarks(record))
            (drawn(std::iter::once(accuracy_figure(record)).chain(learning_figure(record)).chain(cost_figure(record)).collect()))
        };
        sections.push(section(
            &id("accuracy"),
            &format!(
                "{head}{}",
                if has_published(record) {
                    "Accuracy, published and measured"
                } else {
                    "Accuracy"
                }
            ),
            accuracies,
        ));
        sections.push(section(
            &id("spread"),
            "How it spreads over the splits",
            spreads(record),
        ));
        let sources = html! { (sources(record)) (drawn(source_figure(record).into_iter().collect())) };
        sections.push(section(&id("by-source"), "Each source by itself", sources));
        sections.push(section(
            &id("leaks"),
            "What the files alone give away",
            leaks(record),
        ));
        sections.push(section(
            &id("best"),
            "The best classifier in full",
            best(record, drawn(best_figures(record))),
        ));
        let data = html! {
            (data_summary(&record.data.summary))
            (drawn(data_figures(record)))
        };
        sections.push(section(&id("data"), "The data and their spectra", data));
        sections.extend(failures(&record.data.failures).filter(|_| all.len() == 1));
        sections.push(section(
            &id("remake"),
            "How to make this page again",
            made_with(record),
        ));
    }
    page(&title, &html! {}, &sections)
}

fn about(record: &Record) -> Markup {
    html! {
        @for line in record.experiment.source.trim().lines() { p.muted { (line) } }
        p { "Protocol: " (record.measurements.protocol) "." }
        @if let Some(departure) = &record.measurements.departure { p { strong { "Take care. " } (departure) } }
    }
}

fn has_published(record: &Record) -> bool {
    let mut results = record.measurements.results.iter();
    results.any(|measured| !measured.published.is_empty())
}

fn accuracies(record: &Record) -> Markup {
    let right = Align::Right;
    let number = |fraction: f64| format!("{:.2}", 100.0 * fraction);
    let rows = record.measurements.results.iter().map(|measured| {
        let interval = measured.interval;
        let own = [
            number(measured.accuracy.mean),
            format!("{} to {}", number(interval.low), number(interval.high)),
        ];
        (measured, [name(measured), measured.samples.to_string()], own)
    });
    let head = [("classifier", Align::Left), ("samples", right)];
    let measured = [("measured", right), ("95 % interval", right)];
    if !has_published(record) {
        let mut table = HtmlTable::new("Accuracy in %", &[head, measured].concat());
        for (_, head, own) in rows {
            table.row(head.iter().chain(&own));
        }
        return table.html();
    }
    let columns = [
        &head[..],
        &[("published", right)],
        &measured,
        &[("difference", right), ("agrees", Align::Left)],
    ];
    let mut table = HtmlTable::new(
        "Accuracy in %; a difference is measured less published, in percentage points",
        &columns.concat(),
    );
    for (measured, head, own) in rows {
        if measured.published.is_empty() {
            table.row([&head[0], &head[1], "—", &own[0], &own[1], "—", "—"]);
        }
        for comparison in &measured.published {
            let published = &comparison.published;
            let decimals = usize::from(published.decimals);
            let agrees = match comparison.agrees {
                Some(true) => "yes",
                Some(false) => "no",
                None => "not compared",
            };
            table.row([
                &head[0],
                &head[1],
                &format!("{:.decimals$} [{}]", published.percent, published.origin),
                &own[0],
                &own[1],
                &signed(comparison.difference, 2),
                agrees,
            ]);
        }
    }
    html! {
        (table.html())
        p.muted { "A published number agrees where it lies in the measured interval, as far as it was rounded. Numbers in \
                   brackets name its source." }
    }
}

/// Each classifier beside the one it is compared with.
fn paired(record: &Record) -> Markup {
    let Some(first) = record.measurements.paired.first() else {
        return html! {};
    };
    let mut table = HtmlTable::new(
        &format!(
            "Compared with {}, item by item: accuracy in percentage points, and area under the ROC curve of all splits \
             together",
            first.with
        ),
        &Paired::COLUMNS,
    );
    for each in &record.measurements.paired {
        table.row(each.cells());
    }
    html! {
        (table.html())
        p.muted { "Above 0 the classifier is better. p: how often chance alone would bring such a difference of areas." }
    }
}

/// What each classifier costs, where that was measured.
fn costs(record: &Record) -> Markup {
    let all = of_all(record);
    let rows: Vec<_> = all.iter().filter_map(|each| Some((each, each.cost?))).collect();
    if rows.is_empty() {
        return html! {};
    }
    let mut table = HtmlTable::new("Quality and cost", &Cost::COLUMNS);
    for (measured, cost) in rows {
        table.row(cost.cells(measured));
    }
    html! {
        (table.html())
        p.muted { "Learning: time for one split, by " (record.threads) " threads, from features computed before, or for a \
                   network from pictures. Images a second: by one core, from file to margin. Size: of the arrays kept to judge \
                   by. Times are of this run, and other work on the machine makes them longer." }
    }
}

/// What is missing or weak.
fn remarks(record: &Record) -> Markup {
    let missing = record
        .measurements
        .not_measured
        .iter()
        .map(|each| format!("Not measured: {} samples, as {}.", each.samples, each.why));
    let weak = record.measurements.results.iter().flat_map(|measured| {
        let count =
            |is_so: fn(&Repetition) -> bool| measured.repetitions.iter().filter(|each| is_so(each)).count();
        let fits = measured.repetitions.len();
        let of = [
            (
                count(|each| !each.converged),
                "the solver stopped at its iteration limit",
            ),
            (
                count(|each| each.one_class_only),
                "no cluster stood for one of the classes",
            ),
        ];
        of.into_iter()
            .filter(|(count, _)| *count > 0 && measured.unit == Unit::Images)
            .map(move |(count, what)| {
                format!(
                    "{}, {} samples: {what} in {count} of {fits} fits.",
                    measured.classifier, measured.samples
                )
            })
    });
    let all: Vec<String> = missing.chain(weak).collect();
    html! { @if !all.is_empty() { ul { @for line in &all { li { (line) } } } } }
}

fn spreads(record: &Record) -> Markup {
    let right = Align::Right;
    let mut table = HtmlTable::new(
        "Accuracy in % and area under the ROC curve over the splits",
        &[
            ("classifier", Align::Left),
            ("samples", right),
            ("splits", right),
            ("deviation", right),
            ("lowest", right),
            ("highest", right),
            ("ROC AUC", right),
            ("from … to …", right),
        ],
    );
    let number = |fraction: f64| format!("{:.2}", 100.0 * fraction);
    for measured in &record.measurements.results {
        let (accuracy, auc) = (&measured.accuracy, &measured.auc);
        table.row([
            name(measured),
            measured.samples.to_string(),
            measured.repetitions.len().to_string(),
            accuracy.standard_deviation.map_or_else(|| "—".to_owned(), number),
            number(accuracy.min),
            number(accuracy.max),
            three_decimals(auc.mean),
            format!("{} to {}", three_decimals(auc.min), three_decimals(auc.max)),
        ]);
    }
    table.html()
}

fn sources(record: &Record) -> Markup {
    let all = of_all(record);
    let Some(first) = all.first() else {
        return html! {};
    };
    let head = [("source", Align::Left), ("images", Align::Right)];
    let classifiers = all.iter().map(|each| (each.classifier.as_str(), Align::Right));
    let columns: Vec<_> = head.into_iter().chain(classifiers).collect();
    let mut table = HtmlTable::new("Right calls in % over all splits, with 95 % intervals", &columns);
    for (row, source) in first.sources.iter().enumerate().take(ROWS) {
        let name = source.source.iter().map(|name| format!(": {name}"));
        let name: String = std::iter::once(source.label.to_string()).chain(name).collect();
        let cells = all.iter().map(|each| {
            each.sources.get(row).map_or_else(String::new, |source| {
                let interval = source.interval;
                format!(
                    "{:.1} ({:.1} to {:.1})",
                    100.0 * source.accuracy,
                    100.0 * interval.low,
                    100.0 * interval.high
                )
            })
        });
        table.row([name, source.images.to_string()].into_iter().chain(cells));
    }
    html! {
        (table.html())
        @if first.sources.len() > ROWS { p.muted { "The first " (ROWS) " of " (first.sources.len()) " sources are shown." } }
    }
}

/// Sources listed, of more.
const ROWS: usize = 60;

fn leaks(record: &Record) -> Markup {
    html! {
        p { (record.leak_sentence().replace('\n', " ")) }
        @if let Some(leak) = &record.measurements.leak {
            @let mut table = HtmlTable::new("The best rule on one property of the file, on the same splits",
                &[("property", Align::Left), ("different values", Align::Right), ("accuracy", Align::Right)]);
            @for each in &leak.properties {
                @let () = table.row([each.property.clone(), each.values.to_string(), percent(each.accuracy)]);
            }
            (table.html())
        }
        @for leak in &record.experiment.known_leaks { p { strong { "Known weakness. " } (leak.trim()) } }
    }
}

fn best(record: &Record, drawn: Markup) -> Markup {
    let best = record.measurements.best();
    let Some((best, pooled)) = best.and_then(|best| Some((best, best.pooled.as_ref()?))) else {
        return html! { p { "The record holds no margins." } };
    };
    let right = Align::Right;
    let mut table = HtmlTable::new(
        "Calls over all splits (confusion matrix); a picture tested in several counts each time",
        &[("", Align::Left), ("called real", right), ("called fake", right)],
    );
    let confusion = pooled.confusion;
    for (name, real, fake) in [
        ("truly real", confusion.true_negatives, confusion.false_positives),
        ("truly fake", confusion.false_negatives, confusion.true_positives),
    ] {
        table.row([name.to_owned(), real.to_string(), fake.to_string()]);
    }
    html! {
        p { "Classifier: " (best.classifier) ", all samples. Each margin comes from the classifier of its own split; the \
             area is the mean over the splits." }
        (table.html())
        @if let Some(Calibrated::Impossible { why }) = &best.calibrated {
            p.muted { "Its margins can't be made probabilities (" (why) "), so that there is no reliability diagram." }
        }
        (drawn)
    }
}

fn made_with(record: &Record) -> Markup {
    let data = &record.data;
    let mut facts = vec![
        ("program", format!("dftective {}", record.version)),
        ("data", data.kind.clone()),
        (
            "images",
            format!(
                "{} fake, {} real; {} features each",
                data.fake, data.real, data.features
            ),
        ),
        ("fingerprint of the features", data.fingerprint.clone()),
        ("features", record.experiment.selection().to_string()),
        ("seed", record.experiment.seed.to_string()),
        (
            "time",
            format!("{:.1} s on {} threads", record.seconds, record.threads),
        ),
    ];
    if let Some(path) = &data.path {
        facts.insert(2, ("from", path.clone()));
    }
    let made = Remake {
        command: &record.command,
        facts,
    };
    remake(&made)
}
