//! Why an image has no features.

use dftective_sample::{ErrorCode, quoted};
use dftective_spectrum::SpectrumError;

/// Why features could not be chosen or computed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FeatureError {
    /// The radial spectrum could not be made.
    #[error(transparent)]
    Spectrum(#[from] SpectrumError),
    /// No family is called so.
    #[error(
        "no feature family is called {}: there are {families}, and the sets {sets}",
        quoted(found)
    )]
    UnknownFamily {
        /// What was asked for.
        found: String,
        /// The families there are.
        families: String,
        /// The sets of families there are.
        sets: String,
    },
    /// Squares that can't be cut out.
    #[error(
        "expected SIDE or SIDE:COUNT, a side of at least {min_side} pixels and 1 to {max_count} squares, found {}",
        quoted(found)
    )]
    Tiles {
        /// What was asked for.
        found: String,
        /// Pixels of the smallest side.
        min_side: u32,
        /// Most squares.
        max_count: u32,
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
    /// A network sees frames in a row, and there are fewer.
    #[error("too few frames: {found}, the network sees {needed} in a row")]
    FewFrames {
        /// Frames there are.
        found: usize,
        /// Frames seen.
        needed: usize,
    },
    /// The frames of a clip are not all of one size.
    #[error("a frame of {width}x{height} pixels in a clip of {first_width}x{first_height}")]
    FrameSize {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// Width of the first frame seen.
        first_width: u32,
        /// Height of the first frame seen.
        first_height: u32,
    },
    /// The family reads colour, and the picture is grey.
    #[error("no colour for {family}: the picture is grey")]
    NoChroma {
        /// Name of the family.
        family: &'static str,
    },
    /// All pixels of the picture have the same colour.
    #[error("constant image: every pixel has the same colour, so there is nothing to judge")]
    OneColour,
    /// What the family reads is the same everywhere, or there is nothing of it.
    #[error("constant image for {family}: {what}, so there is nothing to count")]
    Constant {
        /// Name of the family.
        family: &'static str,
        /// What is so.
        what: &'static str,
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

impl FeatureError {
    /// The code of it in records.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Spectrum(error) => error.code(),
            Self::TooSmall { .. } | Self::FewFrames { .. } => ErrorCode::TooSmall,
            Self::FrameSize { .. } => ErrorCode::WrongSize,
            Self::NoChroma { .. } => ErrorCode::NoChannel,
            Self::NoResidual { .. } => ErrorCode::NoResidual,
            Self::OneColour | Self::Constant { .. } => ErrorCode::Constant,
            // Of the settings, or of a caller who decoded too little.
            Self::UnknownFamily { .. }
            | Self::Tiles { .. }
            | Self::Network
            | Self::NoFamily
            | Self::NotDecoded { .. } => ErrorCode::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_has_its_code() {
        let (family, found) = ("a family", String::new);
        let cases = [
            (SpectrumError::Constant { value: 7 }.into(), "constant"),
            (
                FeatureError::TooSmall {
                    family,
                    width: 1,
                    height: 1,
                    needed: 2,
                },
                "too_small",
            ),
            (FeatureError::FewFrames { found: 1, needed: 2 }, "too_small"),
            (
                FeatureError::FrameSize {
                    width: 1,
                    height: 1,
                    first_width: 2,
                    first_height: 2,
                },
                "wrong_size",
            ),
            (FeatureError::NoChroma { family }, "no_channel"),
            (FeatureError::NoResidual { family }, "no_residual"),
            (FeatureError::OneColour, "constant"),
            (FeatureError::Constant { family, what: "rgb" }, "constant"),
            (
                FeatureError::UnknownFamily {
                    found: found(),
                    families: found(),
                    sets: found(),
                },
                "other",
            ),
            (
                FeatureError::Tiles {
                    found: found(),
                    min_side: 1,
                    max_count: 1,
                },
                "other",
            ),
            (FeatureError::Network, "other"),
            (FeatureError::NoFamily, "other"),
            (FeatureError::NotDecoded { family, what: "rgb" }, "other"),
        ];
        for (error, code) in cases {
            assert_eq!(error.code().as_str(), code, "{error}");
        }
    }
}
