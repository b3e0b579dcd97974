//! What every feature family offers.

use std::sync::Arc;

use super::{FeatureError, cooccurrence, packets::Packets, residual};
use dftective_decode::{Channels, Decoded};
use dftective_spectrum::Accelerator;

/// A family of features: a fixed way from a decoded image to numbers.
///
/// A family is shared by all threads; what it writes to is in the caller's [`Workspace`]. The same image gives
/// the same bits in any workspace, on any thread, in any order.
pub trait Family: Send + Sync {
    /// Short name, as on the command line and in saved detectors.
    fn name(&self) -> &'static str;

    /// Everything that fixes the numbers, as text that reads back: two families with the same name and
    /// settings compute the same.
    fn settings(&self) -> String;

    /// What the family reads besides luma: an image for [`Self::extract`] must have been decoded with it.
    fn channels(&self) -> Channels {
        Channels::default()
    }

    /// Whether the features are relative frequencies, which a classifier takes better by their square root.
    fn is_histogram(&self) -> bool {
        true
    }

    /// Names of the features, in order, where they are the same for images of every size.
    fn fixed_columns(&self) -> Option<Vec<String>>;

    /// Names of the features of an image of this size, in order.
    ///
    /// # Errors
    /// An image too small for the family.
    fn columns(&self, width: u32, height: u32) -> Result<Vec<String>, FeatureError>;

    /// Appends the image's features to `features`, one for each of [`Self::columns`], all finite.
    ///
    /// # Errors
    /// An image without these features; `features` is then as it was.
    fn extract(
        &self,
        image: &Decoded,
        workspace: &mut Workspace,
        features: &mut Vec<f64>,
    ) -> Result<(), FeatureError>;
}

/// Memory of one thread for every family. Its contents never matter.
#[derive(Default)]
pub struct Workspace {
    pub(super) spectrum: dftective_spectrum::Workspace,
    pub(super) blocks: Vec<[f32; 64]>,
    pub(super) profile: Vec<f64>,
    pub(super) trace: dftective_spectrum::TraceWorkspace,
    pub(super) residual: Box<residual::Workspace>,
    pub(super) cooccurrence: cooccurrence::Workspace,
    pub(super) packets: Packets,
    /// Features of each family, of the image last read.
    pub(super) counts: Vec<usize>,
}

impl Workspace {
    /// A workspace whose spectra a device is asked for first.
    pub fn with_accelerator(accelerator: Option<Arc<dyn Accelerator>>) -> Self {
        Self {
            spectrum: dftective_spectrum::Workspace::default().with_accelerator(accelerator),
            ..Self::default()
        }
    }
}
