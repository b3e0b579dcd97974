//! What learning from copies of other JPEG qualities brings.

use serde::{Deserialize, Serialize};

use super::{Dataset, DetectorError, TrainOptions, Trained};
use dftective_classify::cross_validated_margins_from;
use dftective_evaluate::{Metrics, group_numbers, stratified_folds};

/// Held-out figures of the images that were saved at some qualities.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ByQuality {
    /// Lowest and highest quality of the copies; none for the images as they were found.
    pub qualities: Option<(u8, u8)>,
    /// How many there are.
    pub images: usize,
    /// Learning from images and copies, as the detector does.
    pub with_copies: HeldOutFigures,
    /// Learning from the images as they were found alone.
    pub without: HeldOutFigures,
}

/// Figures of margins by models that had not seen the images.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeldOutFigures {
    /// Share of right decisions by the sign of the margin.
    pub accuracy: f64,
    /// Area under the ROC curve of the margins.
    pub auc: f64,
}

/// Qualities of one row.
const STEP: u8 = 10;

impl Trained {
    /// The figures for the images as they were found and for each range of ten qualities of the copies, with both classes
    /// in it. One more fit a fold.
    ///
    /// # Errors
    /// What fitting on the originals alone gives.
    pub fn by_quality(&self, set: &Dataset, options: &TrainOptions) -> Result<Vec<ByQuality>, DetectorError> {
        let classifier = &options.classifier.clone().for_columns(&set.columns);
        let fake = set.fake();
        let groups = group_numbers(&set.groups());
        let fold_of = stratified_folds(&fake, groups.as_deref(), options.folds, options.seed)?;
        let quality = |item: usize| set.samples[item].copy_quality;
        let without = cross_validated_margins_from(
            classifier,
            options.scaling,
            set.features.view(),
            &fake,
            &fold_of,
            options.seed,
            |item| quality(item).is_none(),
        )?;
        let range = |item: usize| quality(item).map(|quality| quality / STEP);
        let mut ranges: Vec<Option<u8>> = (0..fake.len()).map(range).collect();
        ranges.sort_unstable();
        ranges.dedup();
        let mut found = Vec::new();
        for each in ranges {
            let items: Vec<usize> = (0..fake.len()).filter(|&item| range(item) == each).collect();
            let labels: Vec<bool> = items.iter().map(|&item| fake[item]).collect();
            let figures = |margins: &[f64]| {
                let margins: Vec<f64> = items.iter().map(|&item| margins[item]).collect();
                Metrics::from_scores(&margins, &labels, 0.0).map(|metrics| HeldOutFigures {
                    accuracy: metrics.accuracy,
                    auc: metrics.roc_auc.auc,
                })
            };
            // A range with one class only has no ranking.
            if !labels.contains(&true) || !labels.contains(&false) {
                continue;
            }
            let qualities = items.iter().filter_map(|&item| quality(item));
            found.push(ByQuality {
                qualities: qualities.clone().min().zip(qualities.max()),
                images: items.len(),
                with_copies: figures(&self.held_out_margins)?,
                without: figures(&without.margins)?,
            });
        }
        Ok(found)
    }
}
