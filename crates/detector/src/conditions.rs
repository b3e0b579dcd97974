//! Under which conditions a detector was trained: sizes, formats, JPEG coding, enlargement.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use dftective_sample::FileFacts;

/// Smallest and largest of some numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    /// Smallest.
    pub min: u32,
    /// Largest.
    pub max: u32,
}

/// What is known of the images a detector was trained on. Everything is absent when it was trained from a table
/// that does not say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conditions {
    /// Shorter sides, pixels.
    pub shorter_side: Option<Range>,
    /// Longer sides, pixels.
    pub longer_side: Option<Range>,
    /// Whether any image was not square.
    pub not_square: bool,
    /// Estimated JPEG qualities, 1 to 100.
    pub jpeg_quality: Option<Range>,
    /// Formats, by name.
    pub formats: BTreeSet<String>,
    /// Chroma subsamplings of JPEGs with colour, as `4:2:0`.
    pub subsamplings: BTreeSet<String>,
    /// Images looked at for traces of enlargement.
    pub looked_at: u64,
    /// Those of them with a trace.
    pub enlarged: u64,
}

/// From this share of enlarged training images on, another one is nothing new.
const FAMILIAR: f64 = 0.05;

impl Range {
    fn with(range: Option<Self>, value: u32) -> Option<Self> {
        let Self { min, max } = range.unwrap_or(Self {
            min: value,
            max: value,
        });
        Some(Self {
            min: min.min(value),
            max: max.max(value),
        })
    }
}

impl Conditions {
    /// Takes one training image into account.
    pub fn add(&mut self, file: &FileFacts) {
        if let Some((width, height)) = file.size() {
            self.shorter_side = Range::with(self.shorter_side, width.min(height));
            self.longer_side = Range::with(self.longer_side, width.max(height));
            self.not_square |= width != height;
        }
        if let Some(quality) = file.jpeg_quality {
            self.jpeg_quality = Range::with(self.jpeg_quality, quality);
        }
        let known = |names: &mut BTreeSet<String>, name: &Option<String>| {
            if let Some(name) = name.as_ref().filter(|name| !names.contains(*name)) {
                names.insert(name.clone());
            }
        };
        known(&mut self.formats, &file.format);
        known(&mut self.subsamplings, &file.subsampling);
        if let Some(frequency) = file.resampling {
            self.looked_at += 1;
            self.enlarged += u64::from(frequency > 0.0);
        }
    }

    /// Whether an enlarged image would be one of a kind.
    pub fn is_enlargement_new(&self) -> bool {
        self.looked_at > 0 && (self.enlarged as f64) < FAMILIAR * self.looked_at as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(size: Option<(u32, u32)>, format: Option<&str>, jpeg_quality: Option<u32>) -> FileFacts {
        let (width, height) = size.unzip();
        FileFacts {
            width,
            height,
            format: format.map(str::to_owned),
            jpeg_quality,
            ..FileFacts::default()
        }
    }

    #[test]
    fn enlargement_is_new_where_few_images_show_it() {
        let with = |enlarged: usize| {
            let mut conditions = Conditions::default();
            for image in 0..100 {
                conditions.add(&FileFacts {
                    resampling: Some(if image < enlarged { 0.3 } else { 0.0 }),
                    ..FileFacts::default()
                });
            }
            conditions
        };
        assert!(!Conditions::default().is_enlargement_new());
        assert_eq!(
            [0, 4, 5, 100].map(|each| with(each).is_enlargement_new()),
            [true, true, false, false]
        );
    }

    #[test]
    fn ranges_grow() {
        let mut conditions = Conditions::default();
        conditions.add(&file(Some((64, 64)), Some("jpeg"), Some(75)));
        assert!(!conditions.not_square);
        conditions.add(&file(Some((80, 60)), Some("png"), None));
        conditions.add(&file(None, None, Some(90)));
        assert_eq!(conditions.shorter_side, Some(Range { min: 60, max: 64 }));
        assert_eq!(conditions.longer_side, Some(Range { min: 64, max: 80 }));
        assert_eq!(conditions.jpeg_quality, Some(Range { min: 75, max: 90 }));
        assert!(conditions.not_square);
        assert_eq!(conditions.formats.iter().collect::<Vec<_>>(), ["jpeg", "png"]);
    }
}
