//! A record as tables for a terminal.

use std::fmt;

use super::{Comparison, LeakCheck, Measured, Record, Unit};
use crate::report::{Align, TextTable, percent, three_decimals};

/// Without figures where there are none.
const NONE: &str = "—";

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (experiment, data) = (&self.experiment, &self.data);
        writeln!(f, "{}\n", experiment.title)?;
        writeln!(f, "{}\n", experiment.source.trim())?;
        writeln!(f, "data      {}", data.kind)?;
        if let Some(path) = &data.path {
            writeln!(f, "from      {path}")?;
        }
        write!(f, "images    {} fake, {} real", data.fake, data.real)?;
        if let Some(groups) = data.groups {
            write!(f, ", in {groups} groups")?;
        }
        writeln!(f, "; {} features each", data.features)?;
        writeln!(f, "recipe    {}", experiment.recipe)?;
        writeln!(f, "protocol  {}", self.measurements.protocol)?;
        writeln!(f, "seed      {}", experiment.seed)?;
        if let Some(departure) = &self.measurements.departure {
            writeln!(f, "\n{departure}")?;
        }
        self.accuracies(f)?;
        self.spreads(f)?;
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
        let compared = [("difference", right), ("agrees", Align::Left)];
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
                    signed(*difference),
                    agrees
                        .map_or(NONE, |agrees| if agrees { "yes" } else { "no" })
                        .to_owned(),
                ];
                table.row(head.chain(cells));
            }
        }
        write!(f, "{table}")?;
        self.verdict(f, &comparisons)?;
        for missing in &self.measurements.not_measured {
            writeln!(
                f,
                "Not measured: {} samples, as {}.",
                missing.samples, missing.why
            )?;
        }
        for measured in self.results() {
            let (of, samples) = (measured.repetitions.len(), measured.samples);
            let stopped = measured.repetitions.iter().filter(|each| !each.converged).count();
            let one_class = measured
                .repetitions
                .iter()
                .filter(|each| each.one_class_only)
                .count();
            if stopped > 0 && measured.unit == Unit::Images {
                writeln!(
                    f,
                    "{}, {samples} samples: the solver stopped at its iteration limit in {stopped} of {of} fits.",
                    measured.classifier
                )?;
            }
            if one_class > 0 && measured.unit == Unit::Images {
                writeln!(
                    f,
                    "{}, {samples} samples: no cluster stood for one of the classes in {one_class} of {of} fits.",
                    measured.classifier
                )?;
            }
        }
        Ok(())
    }

    /// The last column, in words.
    fn verdict(&self, f: &mut fmt::Formatter<'_>, comparisons: &[&Comparison]) -> fmt::Result {
        let compared: Vec<bool> = comparisons.iter().filter_map(|each| each.agrees).collect();
        if compared.is_empty() {
            return Ok(());
        }
        let agreeing = compared.iter().filter(|agrees| **agrees).count();
        let lie = if agreeing == 1 { "lies" } else { "lie" };
        writeln!(
            f,
            "\n{agreeing} of {} published numbers {lie} within the measured interval (agrees: yes), as far as they \
             were\nrounded. Difference: measured minus published, in percentage points.",
            compared.len()
        )
    }

    fn spreads(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let right = Align::Right;
        let mut table = self.columns(&[
            ("fits", right),
            ("deviation", right),
            ("lowest", right),
            ("highest", right),
            ("ROC AUC", right),
            ("lowest to highest", right),
        ]);
        for measured in self.results() {
            let accuracy = &measured.accuracy;
            let number = |fraction: f64| format!("{:.2}", 100.0 * fraction);
            let (auc, range) = measured.auc.map_or((NONE.to_owned(), NONE.to_owned()), |auc| {
                let range = format!("{} to {}", three_decimals(auc.min), three_decimals(auc.max));
                (three_decimals(auc.mean), range)
            });
            let cells = [
                accuracy.repetitions.to_string(),
                accuracy.standard_deviation.map_or(NONE.to_owned(), number),
                number(accuracy.min),
                number(accuracy.max),
                auc,
                range,
            ];
            table.row(self.head(measured).into_iter().chain(cells));
        }
        write!(
            f,
            "\nSpread over the repetitions: accuracy in %, and area under the ROC curve\n\n{table}"
        )
    }

    /// Only where the sources are more than the classes.
    fn sources(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<&Measured> = self
            .results()
            .iter()
            .filter(|each| each.all && each.unit == Unit::Images)
            .collect();
        let Some(first) = all.first() else {
            return Ok(());
        };
        let columns = [
            ("label", Align::Left),
            ("source", Align::Left),
            ("images", Align::Right),
        ];
        let classifiers = all
            .iter()
            .map(|measured| (measured.classifier.as_str(), Align::Right));
        let mut table = TextTable::new(&columns.into_iter().chain(classifiers).collect::<Vec<_>>());
        for (row, source) in first.sources.iter().enumerate() {
            let head = [
                source.label.to_string(),
                source.source.clone().unwrap_or_else(|| NONE.to_owned()),
                source.images.to_string(),
            ];
            // The items tested, and so the sources, are the same for all of them.
            let accuracies = all.iter().filter_map(|measured| measured.sources.get(row));
            let accuracies = accuracies.map(|source| format!("{:.2}", 100.0 * source.accuracy));
            table.row(head.into_iter().chain(accuracies));
        }
        write!(f, "\nAccuracy in % by source, all samples\n\n{table}")
    }

    fn leaks(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.measurements.leak {
            Some(leak) => writeln!(f, "\n{}", leak.sentence(&self.best()))?,
            None => writeln!(
                f,
                "\nFile properties (size, format, JPEG quality): not known from these data, so nothing was checked."
            )?,
        }
        for leak in &self.experiment.known_leaks {
            writeln!(f, "\nKnown: {}", leak.trim())?;
        }
        Ok(())
    }

    /// The best classifiers' results on all samples.
    fn best(&self) -> Vec<&Measured> {
        let mut all: Vec<&Measured> = self
            .results()
            .iter()
            .filter(|each| each.all && each.unit == Unit::Images)
            .collect();
        all.sort_by(|a, b| b.accuracy.mean.total_cmp(&a.accuracy.mean));
        all.truncate(1);
        all
    }
}

impl LeakCheck {
    /// What it means beside the best classifier.
    fn sentence(&self, best: &[&Measured]) -> String {
        let found = format!(
            "File properties alone ({}): {} ({:.1} to {:.1}) on the same splits",
            self.property,
            percent(self.accuracy.mean),
            100.0 * self.interval.low,
            100.0 * self.interval.high
        );
        if self.interval.low <= self.guessing {
            return format!(
                "{found},\nno better than guessing: size, format and JPEG quality do not give the classes away."
            );
        }
        match best.first() {
            Some(best) if self.interval.high < best.interval.low => format!(
                "{found}.\nThey tell the classes apart in part: only what the best classifier has beyond that can be detection."
            ),
            _ => format!(
                "{found}:\nthese data cannot show detection, as no classifier needs the spectrum for its figures."
            ),
        }
    }
}

/// Percentage points with their sign; what rounds to nothing has none.
fn signed(points: f64) -> String {
    let text = format!("{points:+.2}");
    if text
        .trim_start_matches(['+', '-'])
        .bytes()
        .all(|byte| matches!(byte, b'0' | b'.'))
    {
        return "0.00".to_owned();
    }
    text.replace('-', "−")
}
