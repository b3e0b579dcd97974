//! From a decoded image to a feature vector: families of features behind one trait.
//!
//! A [`Family`] names its features and appends an image's values to a vector, with memory from the caller's
//! [`Workspace`]. There is one, [`RadialSpectrum`]; it plans each size of image once.

mod error;
mod family;
mod plan_cache;
mod radial;

pub use error::FeatureError;
pub use family::{Family, Workspace};
pub use radial::RadialSpectrum;
