//! Sources left out: does a detector carry over to a generator, or a camera, it has not seen?

use serde::{Deserialize, Serialize};

use super::plan::Unseen;
use super::tested::Tested;
use super::{ExperimentError, Measured};
use dftective_evaluate::Interval;
use dftective_report::{Align, TextTable, three_decimals};

/// What a split by sources left out, and how sure its accuracy is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Source of the fakes measured on, of which nothing was learnt from; none where the fakes measured on come from
    /// sources learnt from too.
    pub fake: Option<String>,
    /// Source of the reals measured on, likewise.
    pub real: Option<String>,
    /// The 95 % interval of the accuracy.
    pub interval: Interval,
    /// Accuracy of always calling the class that is more frequent in the test part.
    pub guessing: f64,
}

impl LeftOut {
    /// Of the calls of one split.
    pub(super) fn of(
        unseen: &Unseen,
        calls: &[bool],
        labels: &[bool],
        units: &[usize],
        seed: u64,
    ) -> Result<Self, ExperimentError> {
        let mut tested = Tested::default();
        tested.add(calls, labels, units);
        let fakes = labels.iter().filter(|fake| **fake).count() as f64 / labels.len() as f64;
        let Unseen { fake, real } = unseen.clone();
        Ok(Self {
            fake,
            real,
            interval: tested.interval(seed)?,
            guessing: fakes.max(1.0 - fakes),
        })
    }

    /// Whether the detector surely does better than guessing.
    pub fn beats_guessing(&self) -> bool {
        self.interval.low > self.guessing
    }

    /// One line a source.
    fn names(&self) -> Vec<String> {
        match (&self.fake, &self.real) {
            (Some(fake), Some(real)) if fake == real => vec![format!("both {fake}")],
            (fake, real) => {
                let fake = fake.iter().map(|name| format!("fake {name}"));
                fake.chain(real.iter().map(|name| format!("real {name}")))
                    .collect()
            }
        }
    }
}

/// Width of a terminal.
const COLUMNS: u16 = 80;

/// A table of the sources left out, with what it means; nothing where no source was.
pub fn told(results: &[&Measured]) -> String {
    let Some(first) = results.first() else {
        return String::new();
    };
    let right = Align::Right;
    let mut table = TextTable::new(&[
        ("left out, classifier", Align::Left),
        ("accuracy", right),
        ("95 % interval", right),
        ("ROC AUC", right),
    ]);
    let (mut splits, mut shared) = (0, None);
    // All classifiers have the same splits.
    for (index, split) in first.repetitions.iter().enumerate() {
        let Some(left_out) = &split.left_out else {
            continue;
        };
        splits += 1;
        shared = match left_out {
            LeftOut { real: None, .. } => Some("reals"),
            LeftOut { fake: None, .. } => Some("fakes"),
            _ => shared,
        };
        for name in left_out.names() {
            table.row([name.as_str(), "", "", ""]);
        }
        for measured in results {
            let repetition = measured.repetitions.get(index);
            let Some((each, left_out)) = repetition.and_then(|each| Some((each, each.left_out.as_ref()?)))
            else {
                continue;
            };
            let number = |fraction: f64| format!("{:.2}", 100.0 * fraction);
            let Interval { low, high } = left_out.interval;
            table.row([
                format!("  {}", measured.classifier),
                number(each.accuracy),
                format!("{} to {}", number(low), number(high)),
                three_decimals(each.auc),
            ]);
        }
    }
    if splits == 0 {
        return String::new();
    }
    let mut text = format!(
        "\nAccuracy in % on the sources left out, from which nothing was learnt\n\n{}\n\
         Does it carry over to sources that it has not seen? Splits on which it surely\n\
         does better than always calling the more frequent class:\n",
        table.wrapped_to(COLUMNS)
    );
    for measured in results {
        let left_out = measured.repetitions.iter().flat_map(|each| &each.left_out);
        let beaten = left_out.filter(|each| each.beats_guessing()).count();
        text += &format!("{}: {beaten} of {splits}\n", measured.classifier);
    }
    if let Some(class) = shared {
        text += &format!(
            "The {class} measured on come from sources whose other images were learnt from,\n\
             as there are not enough of them to leave one out.\n"
        );
    }
    text
}
