//! Under which conditions a detector was trained: sizes, formats, JPEG qualities.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

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
}

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
    /// Takes one training image into account; what is not known of it is `None`.
    pub fn add(&mut self, size: Option<(u32, u32)>, format: Option<&str>, jpeg_quality: Option<u32>) {
        if let Some((width, height)) = size {
            self.shorter_side = Range::with(self.shorter_side, width.min(height));
            self.longer_side = Range::with(self.longer_side, width.max(height));
            self.not_square |= width != height;
        }
        if let Some(quality) = jpeg_quality {
            self.jpeg_quality = Range::with(self.jpeg_quality, quality);
        }
        if let Some(format) = format.filter(|format| !self.formats.contains(*format)) {
            self.formats.insert(format.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_grow() {
        let mut conditions = Conditions::default();
        conditions.add(Some((64, 64)), Some("jpeg"), Some(75));
        assert!(!conditions.not_square);
        conditions.add(Some((80, 60)), Some("png"), None);
        conditions.add(None, None, Some(90));
        assert_eq!(conditions.shorter_side, Some(Range { min: 60, max: 64 }));
        assert_eq!(conditions.longer_side, Some(Range { min: 64, max: 80 }));
        assert_eq!(conditions.jpeg_quality, Some(Range { min: 75, max: 90 }));
        assert!(conditions.not_square);
        assert_eq!(conditions.formats.iter().collect::<Vec<_>>(), ["jpeg", "png"]);
    }
}
