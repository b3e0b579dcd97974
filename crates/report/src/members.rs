//! The detectors of one file, each by itself.

use dftective_evaluate::{Interval, percent_with_interval, roc_auc, three_decimals_with_interval, wilson};
use serde::{Deserialize, Serialize};

use super::{Align, TextTable};

/// How one detector of several did on the images that it was chosen for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MemberResult {
    /// Its classifier.
    pub classifier: String,
    /// Recipe of its features.
    pub recipe: String,
    /// Images that it judged.
    pub images: usize,
    /// Those of them that are fake.
    pub fake: usize,
    /// Share of right calls; none without an image.
    pub accuracy: Option<f64>,
    /// Its 95 % interval (Wilson).
    pub accuracy_interval: Option<Interval>,
    /// Area under the ROC curve; none where the images are of one class.
    pub auc: Option<f64>,
    /// Its 95 % interval (DeLong), where it has one.
    pub auc_interval: Option<Interval>,
}

impl MemberResult {
    /// Of the scores of the images that it judged, and whether they are fake; called fake from `threshold` on.
    pub fn of(classifier: &str, recipe: &str, scores: &[f64], fake: &[bool], threshold: f64) -> Self {
        let right = scores
            .iter()
            .zip(fake)
            .filter(|(score, fake)| (**score >= threshold) == **fake);
        let (right, images) = (right.count(), scores.len());
        let area = roc_auc(scores, fake).ok();
        Self {
            classifier: classifier.to_owned(),
            recipe: recipe.to_owned(),
            images,
            fake: fake.iter().filter(|fake| **fake).count(),
            accuracy: (images > 0).then(|| right as f64 / images as f64),
            accuracy_interval: wilson(right, images).ok(),
            auc: area.map(|area| area.auc),
            auc_interval: area.and_then(|area| area.interval),
        }
    }

    /// Its row of a table: number from 1, classifier and recipe, images, accuracy, area.
    pub(crate) fn row(&self, number: usize) -> [String; 5] {
        let nothing = || "—".to_owned();
        let accuracy = self.accuracy.zip(self.accuracy_interval);
        [
            number.to_string(),
            format!("{}, {}", self.classifier, self.recipe),
            self.images.to_string(),
            accuracy.map_or_else(nothing, |(value, interval)| {
                percent_with_interval(value, interval)
            }),
            self.auc.map_or_else(nothing, |auc| {
                three_decimals_with_interval(auc, self.auc_interval)
            }),
        ]
    }
}

/// What heads the columns of [`MemberResult::row`].
pub(crate) const HEADER: [(&str, Align); 5] = [
    ("detector", Align::Right),
    ("classifier and recipe", Align::Left),
    ("images", Align::Right),
    ("accuracy (95 % interval)", Align::Right),
    ("ROC AUC (95 % interval)", Align::Right),
];

pub(crate) fn table(members: &[MemberResult]) -> TextTable {
    let mut table = TextTable::new(&HEADER);
    for (index, member) in members.iter().enumerate() {
        table.row(member.row(index + 1));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counted_by_hand() {
        let member = MemberResult::of(
            "ridge",
            "default",
            &[0.9, 0.4, 0.6, 0.1],
            &[true, true, false, false],
            0.5,
        );
        assert_eq!((member.images, member.fake, member.accuracy), (4, 2, Some(0.5)));
        // Of the four pairs of a fake and a real, three are in order.
        assert_eq!(member.auc, Some(0.75));
        let [number, name, images, accuracy, _] = member.row(2);
        assert_eq!(
            (number.as_str(), name.as_str(), images.as_str()),
            ("2", "ridge, default", "4")
        );
        assert!(accuracy.starts_with("50.0 % ("), "{accuracy}");
    }

    #[test]
    fn a_detector_that_was_not_asked_has_no_figures() {
        let none = MemberResult::of("ridge", "default", &[], &[], 0.5);
        assert_eq!(
            (none.accuracy, none.accuracy_interval, none.auc),
            (None, None, None)
        );
        assert_eq!(none.row(1)[2..], ["0", "—", "—"]);
        let reals = MemberResult::of("ridge", "default", &[0.2], &[false], 0.5);
        assert_eq!((reals.accuracy, reals.auc), (Some(1.0), None));
    }
}
