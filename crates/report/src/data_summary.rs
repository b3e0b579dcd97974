//! What images there are, by class and source.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use dftective_detector::Dataset;
use dftective_sample::{Label, Sample};

/// Images by class and source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataSummary {
    /// SHA-256 of the column names, the features and the labels, in hexadecimal.
    pub fingerprint: String,
    /// Each source, in the order of label and name.
    pub sources: Vec<SourceSummary>,
}

/// The images of one source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceSummary {
    /// Their label.
    pub label: Label,
    /// Its name; none for images without a source.
    pub source: Option<String>,
    /// How many.
    pub images: usize,
    /// The most frequent sizes, at most [`SIZES`], by falling frequency.
    pub sizes: Vec<SizeCount>,
    /// How many other sizes there are.
    pub other_sizes: usize,
    /// How many images are of each format, where it is known.
    pub formats: BTreeMap<String, usize>,
    /// Estimated JPEG qualities, where known.
    pub jpeg_quality: Option<Extent>,
}

/// Images of one size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SizeCount {
    /// Width, pixels.
    pub width: u32,
    /// Height, pixels.
    pub height: u32,
    /// How many.
    pub images: usize,
}

/// How far numbers reach, and the middle one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extent {
    /// Smallest.
    pub min: u32,
    /// As many lie below as above.
    pub median: u32,
    /// Largest.
    pub max: u32,
}

/// Sizes named of each source.
pub const SIZES: usize = 3;

impl DataSummary {
    /// Of a data set.
    pub fn of_dataset(dataset: &Dataset) -> Self {
        Self::of(dataset.fingerprint(), &dataset.samples)
    }

    /// Sums up images, those without a label as real.
    pub fn of<'a>(fingerprint: String, images: impl IntoIterator<Item = &'a Sample>) -> Self {
        #[derive(Default)]
        struct Gathered<'a> {
            images: usize,
            sizes: HashMap<(u32, u32), usize>,
            formats: BTreeMap<&'a str, usize>,
            qualities: Vec<u32>,
        }
        let mut gathered = BTreeMap::<(Label, Option<&str>), Gathered>::new();
        for image in images {
            let found = gathered
                .entry((image.label.unwrap_or(Label::Real), image.source.as_deref()))
                .or_default();
            found.images += 1;
            if let Some(size) = image.file.size() {
                *found.sizes.entry(size).or_default() += 1;
            }
            if let Some(format) = &image.file.format {
                *found.formats.entry(format).or_default() += 1;
            }
            found.qualities.extend(image.file.jpeg_quality);
        }
        let summed = |((label, source), found): ((Label, Option<&str>), Gathered)| {
            let mut sizes: Vec<SizeCount> = found
                .sizes
                .into_iter()
                .map(|((width, height), images)| SizeCount {
                    width,
                    height,
                    images,
                })
                .collect();
            sizes.sort_by_key(|size| (std::cmp::Reverse(size.images), size.width, size.height));
            let other_sizes = sizes.len().saturating_sub(SIZES);
            sizes.truncate(SIZES);
            SourceSummary {
                label,
                source: source.map(str::to_owned),
                images: found.images,
                sizes,
                other_sizes,
                formats: found
                    .formats
                    .into_iter()
                    .map(|(format, images)| (format.to_owned(), images))
                    .collect(),
                jpeg_quality: Extent::of(found.qualities),
            }
        };
        Self {
            fingerprint,
            sources: gathered.into_iter().map(summed).collect(),
        }
    }
}

impl Extent {
    /// Of numbers in any order; none of none. Of two middle ones it is the lower.
    pub fn of(mut numbers: Vec<u32>) -> Option<Self> {
        numbers.sort_unstable();
        let (min, max) = (*numbers.first()?, *numbers.last()?);
        let median = numbers[(numbers.len() - 1) / 2];
        Some(Self { min, median, max })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dftective_sample::FileFacts;

    #[test]
    fn counted_by_hand() {
        let image = |label, source: Option<&str>, side, quality| Sample {
            label: Some(label),
            source: source.map(str::to_owned),
            file: FileFacts {
                width: Some(side),
                height: Some(side),
                format: Some("jpeg".to_owned()),
                jpeg_quality: quality,
                ..FileFacts::default()
            },
            ..Sample::default()
        };
        let unknown = Sample {
            label: Some(Label::Real),
            ..Sample::default()
        };
        let images = [
            image(Label::Fake, Some("gan"), 128, Some(90)),
            image(Label::Fake, Some("gan"), 64, Some(70)),
            image(Label::Fake, Some("gan"), 64, None),
            image(Label::Fake, Some("gan"), 32, Some(75)),
            image(Label::Fake, Some("gan"), 16, Some(95)),
            unknown,
        ];
        let found = DataSummary::of("ab".to_owned(), &images);
        let [real, fake] = &found.sources[..] else {
            panic!("{found:?}")
        };
        assert_eq!((real.images, real.sizes.len(), real.jpeg_quality), (1, 0, None));
        assert_eq!((fake.images, fake.other_sizes), (5, 1));
        let sizes: Vec<_> = fake.sizes.iter().map(|size| (size.width, size.images)).collect();
        assert_eq!(sizes, [(64, 2), (16, 1), (32, 1)]);
        assert_eq!(fake.formats, BTreeMap::from([("jpeg".to_owned(), 5)]));
        let quality = Extent {
            min: 70,
            median: 75,
            max: 95,
        };
        assert_eq!(fake.jpeg_quality, Some(quality));
    }
}
