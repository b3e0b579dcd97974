//! Why an image has no features.

use super::{FamilyName, Selection, Tiles};
use dftective_spectrum::SpectrumError;

/// Why features could not be chosen or computed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FeatureError {
    /// The radial spectrum could not be made.
    #[error(transparent)]
    Spectrum(#[from] SpectrumError),
    /// No family is called so.
    #[error(
        "no feature family is called {found:?}: there are {}, and the sets {}",
        names(),
        sets()
    )]
    UnknownFamily {
        /// What was asked for.
        found: String,
    },
    /// Squares that can't be cut out.
    #[error(
        "expected SIDE or SIDE:COUNT, a side of at least {} pixels and 1 to {} squares, found {found:?}",
        Tiles::MIN_SIDE,
        Tiles::MAX_COUNT
    )]
    Tiles {
        /// What was asked for.
        found: String,
    },
    /// A network asked for as if it were a family.
    #[error(
        "a network is no family to choose: it is trained, with --classifier, and comes with its detector"
    )]
    Network,
    /// A choice of none.
    #[error("no feature family")]
    NoFamily,
    /// The picture has fewer pixels than the family's support needs.
    #[error("image too small for {family}: {width}x{height} pixels, {needed} needed on either side")]
    TooSmall {
        /// Name of the family.
        family: &'static str,
        /// Width in pixels, of the plane in question.
        width: u32,
        /// Height in pixels, of the plane in question.
        height: u32,
        /// Pixels needed on either side.
        needed: u32,
    },
    /// The family reads colour, and the picture is grey.
    #[error("no colour for {family}: the picture is grey")]
    NoChroma {
        /// Name of the family.
        family: &'static str,
    },
    /// The picture is the same after the family's filter: nothing is left to look at.
    #[error("nothing left for {family}: the picture equals its own filtered copy")]
    NoResidual {
        /// Name of the family.
        family: &'static str,
    },
    /// The image was decoded without something that [`Family::channels`](super::Family::channels) names.
    #[error("{family} needs {what}, and the image was decoded without")]
    NotDecoded {
        /// Name of the family.
        family: &'static str,
        /// What is missing.
        what: &'static str,
    },
}

fn names() -> String {
    FamilyName::ALL.map(FamilyName::as_str).join(", ")
}

fn sets() -> String {
    Selection::sets()
        .map(|(name, _)| name)
        .collect::<Vec<_>>()
        .join(", ")
}
