//! From a decoded image to a feature vector: families of features behind one trait.

mod error;
mod family;
mod plan_cache;
mod radial;

pub use error::FeatureError;
pub use family::{Family, Workspace};
pub use radial::RadialSpectrum;
