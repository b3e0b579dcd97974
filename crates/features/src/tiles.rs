//! Squares of a picture whose features are averaged.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::FeatureError;
use dftective_decode::{CUT_STEP, Decoded};

/// Squares cut out of a picture at its own resolution, spread evenly over it: features of pictures of any size from
/// equally many pixels, with no trace of resizing. As text `256:4`, for 4 squares of 256 × 256 pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Tiles {
    side: u32,
    count: u32,
}

impl Tiles {
    /// Squares where nothing else is said.
    pub const COUNT: u32 = 4;
    /// Smallest side, pixels.
    pub const MIN_SIDE: u32 = 32;
    /// Most squares.
    pub const MAX_COUNT: u32 = 64;

    /// Squares of `side` pixels, at least [`Self::MIN_SIDE`], at most `count` of them, 1 to [`Self::MAX_COUNT`].
    ///
    /// # Errors
    /// A number out of range.
    pub fn new(side: u32, count: u32) -> Result<Self, FeatureError> {
        if side < Self::MIN_SIDE || !(1..=Self::MAX_COUNT).contains(&count) {
            return Err(Self::refused(format!("{side}:{count}")));
        }
        Ok(Self { side, count })
    }

    fn refused(found: String) -> FeatureError {
        FeatureError::Tiles {
            found,
            min_side: Self::MIN_SIDE,
            max_count: Self::MAX_COUNT,
        }
    }

    /// Side of a square, pixels.
    pub fn side(self) -> u32 {
        self.side
    }

    /// Most squares of a picture.
    pub fn count(self) -> u32 {
        self.count
    }

    /// The corners, (column, row): on a grid as nearly square as the count allows, none twice, so that a picture little
    /// larger than a square has fewer. None where the picture is smaller than a square.
    pub fn corners(self, width: u32, height: u32) -> Vec<(u32, u32)> {
        let Some((free_across, free_down)) = width.checked_sub(self.side).zip(height.checked_sub(self.side))
        else {
            return Vec::new();
        };
        let across = (1..).find(|n| n * n >= self.count).unwrap_or(1);
        let down = self.count.div_ceil(across);
        let place = |index: u32, count: u32, free: u32| {
            let middle = u64::from(free) * u64::from(2 * index + 1) / u64::from(2 * count);
            middle as u32 / CUT_STEP * CUT_STEP
        };
        let mut corners: Vec<(u32, u32)> = (0..self.count)
            .map(|n| {
                (
                    place(n % across, across, free_across),
                    place(n / across, down, free_down),
                )
            })
            .collect();
        corners.sort_unstable_by_key(|&(x, y)| (y, x));
        corners.dedup();
        corners
    }

    /// The squares.
    ///
    /// # Errors
    /// A picture smaller than one.
    pub fn squares(self, image: &Decoded) -> Result<impl Iterator<Item = Decoded>, FeatureError> {
        let (width, height) = image.luma.dimensions();
        let corners = self.corners(width, height);
        if corners.is_empty() {
            return Err(FeatureError::TooSmall {
                family: "crops",
                width,
                height,
                needed: self.side,
            });
        }
        Ok(corners
            .into_iter()
            .filter_map(move |(x, y)| image.cut(x, y, self.side)))
    }
}

impl fmt::Display for Tiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.side, self.count)
    }
}

impl FromStr for Tiles {
    type Err = FeatureError;

    /// `SIDE` or `SIDE:COUNT`.
    fn from_str(text: &str) -> Result<Self, FeatureError> {
        let (side, count) = match text.split_once(':') {
            Some((side, count)) => (side.parse().ok(), count.parse().ok()),
            None => (text.parse().ok(), Some(Self::COUNT)),
        };
        let numbers = side.zip(count).ok_or_else(|| Self::refused(text.to_owned()));
        let (side, count) = numbers?;
        Self::new(side, count)
    }
}

impl TryFrom<String> for Tiles {
    type Error = FeatureError;

    fn try_from(text: String) -> Result<Self, FeatureError> {
        text.parse()
    }
}

impl From<Tiles> for String {
    fn from(tiles: Tiles) -> Self {
        tiles.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squares_are_spread_evenly_and_stand_once() {
        let corners = |text: &str, width, height| text.parse::<Tiles>().unwrap().corners(width, height);
        assert_eq!(corners("256:1", 256, 256), [(0, 0)]);
        assert_eq!(corners("256:9", 256, 256), [(0, 0)]);
        // 768 to spare: the middles of two halves, 192 and 576.
        assert_eq!(
            corners("256", 1024, 1024),
            [(192, 192), (576, 192), (192, 576), (576, 576)]
        );
        assert_eq!(corners("256:1", 1024, 600), [(384, 160)]);
        assert_eq!(corners("256:3", 1024, 256), [(192, 0), (576, 0)]);
        assert_eq!(corners("256:4", 1024, 255), []);
        for (width, height) in [(300, 1000), (64, 64), (95, 4000)] {
            for count in 1..=Tiles::MAX_COUNT {
                let found = Tiles::new(64, count).unwrap().corners(width, height);
                assert!(!found.is_empty() && found.len() <= count as usize);
                assert!(found.iter().all(|(x, y)| x + 64 <= width && y + 64 <= height));
            }
        }
    }

    #[test]
    fn read_as_written_or_refused() {
        assert_eq!("128".parse::<Tiles>().unwrap().to_string(), "128:4");
        assert_eq!("128:16".parse::<Tiles>().unwrap().to_string(), "128:16");
        for text in ["", "x", "31", "128:0", "128:65", "128:", "-1", "128:4:4"] {
            assert!(text.parse::<Tiles>().is_err(), "{text}");
        }
    }
}
