//! What the spectra of classes and sources are like on average.

use std::collections::BTreeMap;

use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use super::sparkline_from_zero;
use dftective_detector::Dataset;
use dftective_features::{Moments, radial_frequencies};
use dftective_sample::Label;
use dftective_spectrum::Recipe;

/// Mean and deviation of the radial spectrum, by class and by source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spectra {
    /// Frequency of each point, as a part of the highest; at most [`POINTS`] of them.
    pub frequencies: Vec<f64>,
    /// What the values are, in words.
    pub unit: String,
    /// How far the fakes' mean lies above the reals', in deviations: (fake − real)/√((s₀² + s₁²)/2); 0 where neither
    /// class varies. None where a class has no images.
    pub separation: Option<Vec<f64>>,
    /// Neighbouring values of the features in each point, of which it is the mean; 1 where none were put together.
    pub together: usize,
    /// Each class.
    pub classes: Vec<MeanSpectrum>,
    /// The largest sources, at most [`SOURCES`], in the order of label and name; none where a class has no more than
    /// one.
    pub sources: Vec<MeanSpectrum>,
    /// How many other sources there are.
    pub other_sources: usize,
}

/// The spectra of some images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeanSpectrum {
    /// Their label.
    pub label: Label,
    /// Their source; none for all of a class, or images without one.
    pub source: Option<String>,
    /// Mean and deviation at each frequency.
    #[serde(flatten)]
    pub moments: Moments,
}

/// Points of a curve, enough for any screen.
pub const POINTS: usize = 256;
/// Curves that still can be told apart.
pub const SOURCES: usize = 8;

impl Spectra {
    /// Of a data set; `None` where its features hold no radial spectrum.
    pub fn of_dataset(dataset: &Dataset) -> Option<Self> {
        Self::of(
            dataset.selection.recipe(),
            &dataset.columns,
            dataset.features.view(),
            &dataset.fake(),
            &dataset.sources(),
        )
    }

    /// Of features n × d with these columns, n labels and n sources; `None` where no column is of the radial spectrum.
    ///
    /// # Panics
    /// If there are fewer columns than names, or rows than labels.
    pub fn of(
        recipe: &Recipe,
        columns: &[String],
        features: ArrayView2<f64>,
        fake: &[bool],
        sources: &[Option<&str>],
    ) -> Option<Self> {
        let radial = radial_frequencies(columns);
        let together = radial.len().div_ceil(POINTS).max(1);
        let points: Vec<_> = radial.chunks(together).collect();
        let frequencies: Vec<f64> = points
            .iter()
            .map(|point| mean(point.iter().map(|(_, frequency)| *frequency)))
            .collect();
        if frequencies.is_empty() {
            return None;
        }
        let binned = Array2::from_shape_fn((fake.len(), points.len()), |(image, point)| {
            mean(points[point].iter().map(|(column, _)| features[[image, *column]]))
        });
        let all: Vec<usize> = (0..points.len()).collect();
        let of = |label, source: Option<&str>, images: &[usize]| {
            Some(MeanSpectrum {
                label,
                source: source.map(str::to_owned),
                moments: Moments::of(binned.view(), images, &all)?,
            })
        };
        let classes = Label::ALL.iter().filter_map(|label| {
            let images: Vec<usize> = (0..fake.len())
                .filter(|&image| fake[image] == label.is_fake())
                .collect();
            of(*label, None, &images)
        });
        let mut by_source = BTreeMap::<(Label, Option<&str>), Vec<usize>>::new();
        for (image, &is_fake) in fake.iter().enumerate() {
            let label = if is_fake { Label::Fake } else { Label::Real };
            let source = sources.get(image).copied().flatten();
            by_source.entry((label, source)).or_default().push(image);
        }
        let mut largest: Vec<_> = by_source.into_iter().collect();
        largest.sort_by_key(|(_, images)| std::cmp::Reverse(images.len()));
        let other_sources = largest.len().saturating_sub(SOURCES);
        largest.truncate(SOURCES);
        largest.sort();
        if largest.len() <= Label::ALL.len() {
            largest.clear();
        }
        let classes: Vec<MeanSpectrum> = classes.collect();
        Some(Self {
            separation: separation(&classes),
            frequencies,
            unit: unit(recipe).to_owned(),
            together,
            classes,
            sources: largest
                .iter()
                .filter_map(|((label, source), images)| of(*label, *source, images))
                .collect(),
            other_sources,
        })
    }
}

/// Columns of the line in [`Spectra::separation_lines`].
const LINE: usize = 32;

impl Spectra {
    /// [`Self::separation`] as two lines of text: how far apart the classes are from coarse to fine detail, whichever way,
    /// and where they are furthest.
    pub fn separation_lines(&self) -> Option<[String; 2]> {
        let apart = self.separation.as_ref()?;
        let frequencies = self.frequencies.iter().zip(apart);
        let (frequency, most) = frequencies.max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))?;
        let sizes: Vec<f64> = apart.iter().map(|apart| apart.abs()).collect();
        let side = if *most < 0.0 { "below" } else { "above" };
        Some([
            format!(
                "{} from coarse to fine detail;",
                sparkline_from_zero(&sizes, LINE)
            ),
            format!(
                "at {:.0} % of the highest frequency fakes lie {:.1} deviations {side} reals",
                100.0 * frequency,
                most.abs(),
            ),
        ])
    }
}

fn separation(classes: &[MeanSpectrum]) -> Option<Vec<f64>> {
    let [real, fake] = classes else {
        return None;
    };
    let (real, fake) = (&real.moments, &fake.moments);
    let means = real.mean.iter().zip(&fake.mean);
    let deviations = real.deviation.iter().zip(&fake.deviation);
    let apart = means.zip(deviations).map(|((m0, m1), (s0, s1))| {
        let deviation = f64::midpoint(s0 * s0, s1 * s1).sqrt();
        if deviation > 0.0 {
            (m1 - m0) / deviation
        } else {
            0.0
        }
    });
    Some(apart.collect())
}

/// What the values of a profile are, in words.
pub fn unit(recipe: &Recipe) -> &'static str {
    recipe.normalisation.unit()
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = values.len() as f64;
    values.sum::<f64>() / n
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn columns(count: usize) -> Vec<String> {
        (1..=count)
            .map(|radial_bin| format!("radial_ring_{radial_bin}"))
            .collect()
    }

    #[test]
    fn by_hand() {
        let features = array![
            [1.0, 7.0, 2.0],
            [3.0, 7.0, 4.0],
            [10.0, 7.0, 20.0],
            [20.0, 7.0, 20.0]
        ];
        let names: Vec<String> = ["radial_ring_1", "srm_x", "radial_ring_2"]
            .map(str::to_owned)
            .into();
        let sources = [None, None, Some("a"), Some("b")];
        let found = Spectra::of(
            &Recipe::faces_hq(),
            &names,
            features.view(),
            &[false, false, true, true],
            &sources,
        )
        .unwrap();
        assert_eq!(
            (found.frequencies.as_slice(), found.together),
            (&[0.5, 1.0][..], 1)
        );
        assert_eq!(found.unit, "20 ln(amplitude)");
        // Means 2 and 15, variances 1 and 25: 13/√13; means 3 and 20, variances 1 and 0: 17/√½.
        let separation = found.separation.as_ref().unwrap();
        assert!(
            (separation[0] - 13f64.sqrt()).abs() < 1e-12
                && (separation[1] - 17.0 * 2f64.sqrt()).abs() < 1e-12
        );
        assert_eq!(
            found.separation_lines().unwrap(),
            [
                "▂█ from coarse to fine detail;",
                "at 100 % of the highest frequency fakes lie 24.0 deviations above reals"
            ]
        );
        let [real, fake] = &found.classes[..] else {
            panic!("{found:?}")
        };
        assert_eq!((real.label, &real.moments.mean), (Label::Real, &vec![2.0, 3.0]));
        assert_eq!((fake.label, &fake.moments.mean), (Label::Fake, &vec![15.0, 20.0]));
        assert_eq!(fake.moments.deviation, [5.0, 0.0]);
        let sources: Vec<_> = found
            .sources
            .iter()
            .map(|each| (each.source.as_deref(), each.moments.images))
            .collect();
        assert_eq!(sources, [(None, 2), (Some("a"), 1), (Some("b"), 1)]);
        let others = Spectra::of(
            &Recipe::default(),
            &["srm_x".to_owned()],
            features.view(),
            &[false; 4],
            &[],
        );
        assert!(others.is_none());
    }

    #[test]
    fn long_profiles_are_put_together() {
        let features = Array2::from_shape_fn((2, 722), |(image, column)| (image * 1000 + column) as f64);
        let found = Spectra::of(
            &Recipe::faces_hq(),
            &columns(722),
            features.view(),
            &[false, true],
            &[],
        )
        .unwrap();
        assert_eq!((found.together, found.frequencies.len()), (3, 241));
        assert_eq!(found.classes[1].moments.mean[0], 1001.0);
        assert_eq!(found.frequencies[0], 2.0 / 722.0);
        // One source a class says nothing that the classes do not say.
        assert!(found.sources.is_empty());
    }
}
