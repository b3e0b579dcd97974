//! What a network sees at a time.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a network sees at a time, of which it gives one output: squares of one side.
///
/// A picture is a clip of one frame; of a clip of more frames than are seen, those in the middle are judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InputKind {
    /// One square of a picture. Where several are judged ([`NetworkParams::views`](super::NetworkParams::views)), they
    /// are seen one by one and their logits averaged.
    #[default]
    Square,
    /// So many squares of a picture together, spread evenly over it; where it has room for fewer, some stand twice.
    Crops(u32),
    /// The same square of each of so many frames in a row.
    Clip(u32),
}

impl InputKind {
    /// Frames of an item that are seen.
    pub fn frames(self) -> usize {
        match self {
            Self::Square | Self::Crops(_) => 1,
            Self::Clip(frames) => frames as usize,
        }
    }

    /// Squares of a frame that are seen together.
    pub fn crops(self) -> usize {
        match self {
            Self::Square | Self::Clip(_) => 1,
            Self::Crops(crops) => crops as usize,
        }
    }

    /// Whether the logits of so many views can be averaged: squares seen together are one view.
    pub fn takes_views(self, views: u32) -> bool {
        (1..=64).contains(&views) && (views == 1 || self.crops() == 1)
    }

    /// What is judged of an item, for the table of networks.
    pub(super) fn of_an_item(self, views: u32) -> String {
        let squares = match views.max(self.crops() as u32) {
            1 => "the middle".to_owned(),
            squares => format!("{squares}, spread evenly"),
        };
        format!("{squares}{self}")
    }
}

/// What is to be added to a description of the squares: nothing of a single one, else as in `, seen together` or
/// `, of 16 frames in a row`.
impl fmt::Display for InputKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Square => Ok(()),
            Self::Crops(_) => f.write_str(", seen together"),
            Self::Clip(frames) => write!(f, ", of {frames} frames in a row"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_and_kept() {
        let kinds = [
            (InputKind::Square, [1, 1], "9, spread evenly", "\"square\""),
            (
                InputKind::Crops(4),
                [1, 4],
                "4, spread evenly, seen together",
                "{\"crops\":4}",
            ),
            (
                InputKind::Clip(16),
                [16, 1],
                "9, spread evenly, of 16 frames in a row",
                "{\"clip\":16}",
            ),
        ];
        for (kind, [frames, crops], told, kept) in kinds {
            assert_eq!((kind.frames(), kind.crops()), (frames, crops));
            let views = if kind.takes_views(9) { 9 } else { 1 };
            assert_eq!(kind.of_an_item(views), told);
            assert_eq!(serde_json::to_string(&kind).unwrap(), kept);
            assert_eq!(serde_json::from_str::<InputKind>(kept).unwrap(), kind);
            assert!(kind.takes_views(1) && !kind.takes_views(0) && !kind.takes_views(65));
        }
        assert_eq!(
            InputKind::Clip(16).of_an_item(1),
            "the middle, of 16 frames in a row"
        );
    }
}
