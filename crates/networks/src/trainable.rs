//! What the trainer asks of a network.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::Output;
use dftective_classify::{InputKind, NetworkParams};

/// From pixels to an output, in two parts.
pub trait Layers {
    /// \[n, squares, 3, h, w\] RGB of 0 to 255 to the last maps that have places in the image, \[n, c, t, h′, w′\]: by these
    /// Grad-CAM says where a network looks. Of several squares t is as many where they are seen one by one, in their
    /// order; any number where it is time.
    ///
    /// # Panics
    /// burn panics at a size that the network does not take.
    fn maps(&self, squares: Tensor<5>) -> Tensor<5>;

    /// The maps to what the network gives for the n inputs.
    fn output(&self, maps: Tensor<5>) -> Output;

    /// \[n, squares, 3, h, w\] RGB of 0 to 255 to what the network gives for the n inputs.
    ///
    /// # Panics
    /// As [`maps`](Self::maps).
    fn outputs(&self, squares: Tensor<5>) -> Output {
        self.output(self.maps(squares))
    }
}

/// A network that [`train_network`](super::train_network) can train.
pub trait Trainable: Layers + Module + Sync {
    /// A network as the parameters say, with weights drawn from the device's random numbers.
    fn untrained(params: &NetworkParams, device: &Device) -> Self;

    /// Its name, for messages and checkpoints.
    fn name(&self) -> &'static str;

    /// What it sees at a time.
    fn input(&self) -> InputKind;
}

/// [`Layers`] of networks that see a square and give a logit, by their methods `maps`, \[n, 3, h, w\] to
/// \[n, c, h′, w′\], and `head`, from there to \[n\].
macro_rules! square_to_logit {
    ($($network:ty),+ $(,)?) => {$(
        impl Layers for $network {
            fn maps(&self, squares: Tensor<5>) -> Tensor<5> {
                <$network>::maps(self, squares.squeeze_dim(1)).unsqueeze_dim(2)
            }

            fn output(&self, maps: Tensor<5>) -> Output {
                Output::logit(self.head(maps.squeeze_dim(2)))
            }
        }
    )+};
}
pub(super) use square_to_logit;
