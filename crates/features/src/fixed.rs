//! Families with the same features for images of every size.

use super::input::at_least;
use super::{Family, FeatureError, Workspace};
use dftective_decode::{Channels, Decoded};

/// A family with the same features, in number and name, for images of every size that it takes. It is a [`Family`] by
/// that alone.
pub trait FixedFamily: Send + Sync {
    /// [`Family::name`].
    const NAME: &'static str;

    /// [`Family::channels`].
    const CHANNELS: Channels;

    /// [`Family::is_histogram`].
    const IS_HISTOGRAM: bool;

    /// Pixels that an image needs on either side.
    const NEEDED: u32;

    /// [`Family::settings`].
    fn constants(&self) -> String;

    /// Names of the features, in order.
    fn names(&self) -> Vec<String>;

    /// [`Family::extract`]: appends one value for each of [`Self::names`], all finite.
    ///
    /// # Errors
    /// An image without these features, one of less than [`Self::NEEDED`] pixels among them; `features` is then as it was.
    fn compute(
        &self,
        image: &Decoded,
        workspace: &mut Workspace,
        features: &mut Vec<f64>,
    ) -> Result<(), FeatureError>;
}

impl<T: FixedFamily> Family for T {
    fn name(&self) -> &'static str {
        T::NAME
    }

    fn settings(&self) -> String {
        self.constants()
    }

    fn channels(&self) -> Channels {
        T::CHANNELS
    }

    fn is_histogram(&self) -> bool {
        T::IS_HISTOGRAM
    }

    fn fixed_columns(&self) -> Option<Vec<String>> {
        Some(self.names())
    }

    fn columns(&self, width: u32, height: u32) -> Result<Vec<String>, FeatureError> {
        at_least(T::NEEDED, T::NAME, width, height)?;
        Ok(self.names())
    }

    fn extract(
        &self,
        image: &Decoded,
        workspace: &mut Workspace,
        features: &mut Vec<f64>,
    ) -> Result<(), FeatureError> {
        self.compute(image, workspace, features)
    }
}
