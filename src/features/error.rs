//! Why an image has no features.

use crate::spectrum::SpectrumError;

/// Why features could not be computed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FeatureError {
    /// The radial spectrum could not be made.
    #[error(transparent)]
    Spectrum(#[from] SpectrumError),
}
