//! A record as tables for a terminal.

use std::fmt;

use super::paired::signed;
use super::{Comparison, Cost, LeakCheck, Measured, Paired, Protocol, Record, Repetition, Unit, left_out};
use dftective_report::{Align, TextTable, one_line, percent, three_decimals};

/// Without figures where there are none.
const NONE: &str = "—";

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (experiment, data) = (&self.experiment, &self.data);
        writeln!(f, "{}\n", experiment.title)?;
        writeln!(f, "{}\n", lines(&experiment.source))?;
        writeln!(f, "data      {}", one_line(&data.kind))?;
        if let Some(path) = &data.path {
            writeln!(f, "from      {}", one_line(path))?;
        }
        write!(f, "images    {} fake, {} real", data.fake, data.real)?;
        if let Some(groups) = data.groups {
            write!(f, ", in {groups} groups")?;
        }
        writeln!(f, "; {} features each", data.features)?;
        writeln!(f, "recipe    {}", experiment.selection())?;
        writeln!(f, "protocol  {}", self.measurements.protocol)?;
        writeln!(f, "seed      {}", experiment.seed)?;
        if let Some(departure) = &self.measurements.departure {
            writeln!(f, "\n{departure}")?;
        }
        self.accuracies(f)?;
        self.spreads(f)?;
        self.paired(f)?;
        self.costs(f)?;
        f.write_str(&left_out::told(&self.of_all().collect::<Vec<_>>()))?;
        self.sources(f)?;
        self.leaks(f)
    }
}

impl Record {
    fn results(&self) -> &[Measured] {
        &self.measurements.results
    }

    /// Whether a column for the number of samples tells anything.
    fn is_curve(&self) -> bool {
        self.results().iter().any(|measured| !measured.all)
    }

    /// The first cells of a row: classifier, samples where they differ.
    fn head(&self, measured: &Measured) -> Vec<String> {
        let unit = match measured.unit {
            Unit::Images => "",
            Unit::Videos => ", videos",
        };
        let mut cells = vec![format!("{}{unit}", measured.classifier)];
        if self.is_curve() {
            cells.push(measured.samples.to_string());
        }
        cells
    }

    fn columns(&self, rest: &[(&'static str, Align)]) -> TextTable {
        let samples = self.is_curve().then_some(("samples", Align::Right));
        let head = std::iter::once(("classifier", Align::Left)).chain(samples);
        TextTable::new(&head.chain(rest.iter().copied()).collect::<Vec<_>>())
    }

    fn accuracies(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let comparisons: Vec<&Comparison> = self.results().iter().flat_map(|each| &each.published).collect();
        let has_published = self
            .experiment
            .classifiers
            .iter()
            .any(|each| !each.published.is_empty());
        let right = Align::Right;
        let published = [
            ("published", right),
            ("measured", right),
            ("95 % interval", right),
        ];
        let compared = [("diff.", right), ("agrees", Align::Left)];
        let mut table = if has_published {
            writeln!(f, "\nAccuracy in %, published beside measured\n")?;
            self.columns(&[&published[..], &compared].concat())
        } else {
            writeln!(f, "\nAccuracy in %\n")?;
            self.columns(&published[1..])
        };
        for measured in self.results() {
            let number = |fraction: f64| format!("{:.2}", 100.0 * fraction);
            let own = [
                number(measured.accuracy.mean),
                format!(
                    "{} to {}",
                    number(measured.interval.low),
                    number(measured.interval.high)
                ),
            ];
            if !has_published {
                table.row(self.head(measured).into_iter().chain(own));
                continue;
            }
            if measured.published.is_empty() {
                let cells = std::iter::once(NONE.to_owned()).chain(own.clone());
                table.row(
                    self.head(measured)
                        .into_iter()
                        .chain(cells)
                        .chain([NONE, NONE].map(str::to_owned)),
                );
            }
            for (row, comparison) in measured.published.iter().enumerate() {
                let Comparison {
                    published,
                    difference,
                    agrees,
                } = comparison;
                // A measured number stands once, whatever is published of it.
                let blank = |cell: String| if row == 0 { cell } else { String::new() };
                let head = self.head(measured).into_iter().map(blank);
                let decimals = usize::from(published.decimals);
                let cells = [
                    format!("{:.decimals$} [{}]", published.percent, published.origin),
                    blank(own[0].clone()),
                    blank(own[1].clone()),
                    signed(*difference, 2),
                    agrees
                        .map_or(NONE, |agrees| if agrees { "yes" } else { "no" })
                        .to_owned(),
                ];
                table.row(head.chain(cells));
            }
        }
        write!(f, "{table}")?;
        self.verdict(f, &comparisons)?;
        let remarks = self.remarks();
        if !remarks.is_empty() {
            write!(f, "\n{remarks}")?;
        }
        Ok(())
    }

    /// What is missing or weak, one line each.
    fn remarks(&self) -> String {
        let mut lines: Vec<String> = Vec::new();
        for missing in &self.measurements.not_measured {
            lines.push(format!(
                "not measured: {} samples, as {}",
                missing.samples, missing.why
            ));
        }
        for measured in self.results().iter().filter(|each| each.unit == Unit::Images) {
            let fits = measured.repetitions.len();
            let mut remark = |is_so: fn(&Repetition) -> bool, what: &str| {
                let count = measured.repetitions.iter().filter(|each| is_so(each)).count();
                if count > 0 {
                    let (name, samples) = (&measured.classifier, measured.samples);
                    lines.push(format!(
                        "{name}, {samples} samples: {what} in {count} of {fits} fits"
                    ));
                }
            };
            remark(
                |each| !each.converged,
                "the solver stopped at its iteration limit",
            );
            remark(
                |each| each.one_class_only,
                "no cluster stood for one of the classes",
            );
        }
        lines.iter().flat_map(|line| [line, "\n"]).collect()
    }

    /// The last column, in words.
    fn verdict(&self, f: &mut fmt::Formatter<'_>, comparisons: &[&Comparison]) -> fmt::Result {
        if comparisons.is_empty() {
            return Ok(());
        }
        writeln!(f)?;
        let compared: Vec<bool> = comparisons.iter().filter_map(|each| each.agrees).collect();
        if !compared.is_empty() {
            let agreeing = compared.iter().filter(|agrees| **agrees).count();
            writeln!(
                f,
                "agrees: {agreeing} of {} published numbers lie in the measured interval, as far as they\n\
                 were rounded.",
                compared.len()
            )?;
        }
        writeln!(f, "diff.: measured minus published, in percentage points.")
    }

    fn spreads(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let right = Align::Right;
        let mut table = self.columns(&[
            ("deviation", right),
            ("lowest", right),
            ("highest", right),
            ("ROC AUC", right),
            ("from … to …", right),
        ]);
        for measured in self.results() {
            let accuracy = &measured.accuracy;
            let number = |fraction: f64| format!("{:.2}", 100.0 * fraction);
            let auc = &measured.auc;
            let range = format!("{} to {}", three_decimals(auc.min), three_decimals(auc.max));
            let cells = [
                accuracy.standard_deviation.map_or(NONE.to_owned(), number),
                number(accuracy.min),
                number(accuracy.max),
                three_decimals(auc.mean),
                range,
            ];
            table.row(self.head(measured).into_iter().chain(cells));
        }
        let what = match self.experiment.protocol {
            Protocol::HoldOut { .. } | Protocol::FixedParts { .. } => "repetitions",
            Protocol::KFold { .. } => "folds",
            Protocol::LeaveOneSourceOut => "sources left out",
        };
        write!(
            f,
            "\nSpread over the {what}: accuracy in %, and area under the ROC curve\n\n{table}"
        )
    }

    /// Each classifier beside the one it is compared with.
    fn paired(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let paired = &self.measurements.paired;
        let Some(first) = paired.first() else {
            return Ok(());
        };
        let mut table = TextTable::new(&Paired::COLUMNS);
        for each in paired {
            table.row(each.cells());
        }
        write!(
            f,
            "\nCompared with {}, item by item: accuracy in percentage points, and area under the ROC curve\nof all \
             splits together; p for no difference in the area\n\n{table}",
            one_line(&first.with)
        )
    }

    /// What each classifier costs, where that was measured.
    fn costs(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows: Vec<_> = self
            .of_all()
            .filter_map(|each| Some((each, each.cost?)))
            .collect();
        if rows.is_empty() {
            return Ok(());
        }
        let mut table = TextTable::new(&Cost::COLUMNS);
        for (measured, cost) in rows {
            table.row(cost.cells(measured));
        }
        write!(
            f,
            "\nQuality and cost: learning by {} threads; judging by one core, from file to margin; size of what is \
             kept\n\n{table}",
            self.threads
        )
    }

    /// Each source, or each class where the sources are not known.
    fn sources(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<&Measured> = self.of_all().collect();
        let Some(first) = all.first() else {
            return Ok(());
        };
        let columns = [("source", Align::Left), ("images", Align::Right)];
        let classifiers = all
            .iter()
            .map(|measured| (measured.classifier.as_str(), Align::Right));
        let mut table = TextTable::new(&columns.into_iter().chain(classifiers).collect::<Vec<_>>());
        for (row, source) in first.sources.iter().enumerate() {
            let name = source.source.iter().map(|name| format!(" {name}"));
            let name: String = std::iter::once(source.label.to_string()).chain(name).collect();
            let head = [name, source.images.to_string()];
            // The items tested, and so the sources, are the same for all of them.
            let accuracies = all.iter().filter_map(|measured| measured.sources.get(row));
            let accuracies = accuracies.map(|source| format!("{:.2}", 100.0 * source.accuracy));
            table.row(head.into_iter().chain(accuracies));
        }
        write!(f, "\nAccuracy in % by source, all samples\n\n{table}")
    }

    /// What the files' properties alone give away, in words.
    pub(super) fn leak_sentence(&self) -> String {
        match &self.measurements.leak {
            Some(leak) => leak.sentence(self.best()),
            None => "File properties (size, format, JPEG quality) are not known from these data,\n\
                     so that nobody can tell here what they give away."
                .to_owned(),
        }
    }

    fn leaks(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n{}", self.leak_sentence())?;
        for leak in &self.experiment.known_leaks {
            writeln!(f, "\nKnown weakness:\n{}", lines(leak))?;
        }
        Ok(())
    }

    /// The results on all samples, by images.
    fn of_all(&self) -> impl Iterator<Item = &Measured> {
        let results = self.results().iter();
        results.filter(|each| each.all && each.unit == Unit::Images)
    }

    /// The best classifier's result on all samples.
    fn best(&self) -> Option<&Measured> {
        self.of_all()
            .max_by(|a, b| a.accuracy.mean.total_cmp(&b.accuracy.mean))
    }
}

impl LeakCheck {
    /// What it means beside the best classifier.
    fn sentence(&self, best: Option<&Measured>) -> String {
        let figures = format!(
            "{} ({:.1} to {:.1}) on these splits",
            percent(self.accuracy.mean),
            100.0 * self.interval.low,
            100.0 * self.interval.high
        );
        if self.interval.low <= self.guessing {
            return format!(
                "File properties alone: {figures}, no better\n\
                 than guessing: size, format and JPEG quality do not give the classes away."
            );
        }
        let meaning = match best {
            Some(best) if self.interval.high < best.interval.low => {
                "they tell the classes apart in part.\n\
                 Only what the best classifier has beyond that can be detection."
            }
            _ => "these data cannot show detection, as no classifier needs the spectrum for that.",
        };
        format!("File properties alone ({}): {figures}:\n{meaning}", self.property)
    }
}

/// Text of several lines, made fit for a terminal.
fn lines(text: &str) -> String {
    let lines: Vec<String> = text.trim().lines().map(one_line).collect();
    lines.join("\n")
}
