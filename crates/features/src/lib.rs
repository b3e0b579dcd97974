//! From a decoded image to a feature vector: families of features behind one trait.
//!
//! A [`Family`] names its features and appends an image's values to a vector, with memory from the caller's
//! [`Workspace`]. What a family reads beyond luma it names in [`Family::channels`]. A [`Selection`] says which families
//! are computed, and [`Families`] computes them: the vector that classifiers learn from.

mod bands;
mod benford;
mod blocks;
mod colour;
mod cooccurrence;
mod dct_stats;
mod dctr;
mod dctr_c;
mod dctr_np;
mod error;
mod families;
mod family;
mod file_facts;
mod fixed;
mod gfr;
mod haar;
mod input;
mod moments;
mod name;
mod packets;
mod plan_cache;
mod power_law;
mod radial;
mod radial_residual;
mod residual;
mod sectors;
mod selection;
mod spam_rgb;
mod srm;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod tiles;

pub use bands::{Band, bands, family_bands, radial_frequencies};
pub use benford::Benford;
pub use colour::Colour;
pub use dct_stats::DctStatistics;
pub use dctr::Dctr;
pub use dctr_c::DctrChroma;
pub use dctr_np::DctrNoPhase;
pub use error::FeatureError;
pub use families::Families;
pub use family::{Family, Workspace};
pub use file_facts::file_facts;
pub use fixed::FixedFamily;
pub use gfr::Gfr;
pub use haar::Haar;
pub use moments::{ClassMoments, Moments};
pub use name::FamilyName;
pub use power_law::PowerLaw;
pub use radial::RadialSpectrum;
pub use radial_residual::RadialResidual;
pub use sectors::Sectors;
pub use selection::Selection;
pub use spam_rgb::SpamRgb;
pub use srm::Srm;
pub use tiles::Tiles;
