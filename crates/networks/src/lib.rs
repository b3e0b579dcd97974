//! Convolutional networks, to compare the classical detectors with: trained from scratch or from given weights on the
//! same images, judged by the same rules.
//!
//! A [`Network`] is one of several [architectures](dftective_classify::Architecture), each in a file
//! of its own with its layers; name, paper and input stand in the [registry](dftective_classify::NetworkEntry), which is
//! there also where a program was built without networks. [`train`] fits one to [`Pictures`] or [`Clips`]; a
//! [`FittedNetwork`] is what has learnt, with the [`InputRule`] by which it sees an image, and its logit is the margin of
//! a detector. [`weights`] reads and writes the weights under PyTorch's names.
//!
//! A network sees squares at an image's own resolution, R, G and B from 0 to 255, three planes of `side × side`: one, several
//! of a picture together, or one of each frame in a row ([`InputKind`](dftective_classify::InputKind)). Nothing is ever
//! scaled unless asked for, as pixels are the evidence; a picture smaller than a square is an error. What it gives is an
//! [`Output`]: a logit, logits over time, or capsules, each of which knows its loss and the one logit of an item.
//!
//! The trainer knows networks as [`Trainable`] only: [`train_network`] trains any, whatever it sees and gives.
//!
//! Training is the same on any run with the same seed on one thread. On several, sums are added in another order and
//! weights differ in their last bits.

mod attention;
mod augment;
mod batches;
mod checkpoint;
mod clips;
mod device;
mod error;
mod fitted;
mod input;
mod loss;
pub mod networks;
pub mod ops;
mod output;
mod pictures;
pub mod pretrained;
mod schedule;
mod train;
mod trainable;
pub mod weights;

use std::sync::{Mutex, PoisonError};

use burn::tensor::Tensor;

use device::device;
use dftective_classify::Architecture;
use networks::Network;

pub use checkpoint::Checkpoint;
pub use clips::{ClipFiles, Clips};
pub use error::CnnError;
pub use fitted::{FittedNetwork, margins};
pub use input::InputRule;
pub use output::Output;
pub use pictures::{Files, Pictures};
pub use train::{Callbacks, TrainJob, TrainedNetwork, train, train_network};
pub use trainable::{Layers, Trainable};

/// Runs `draw` with the backend's random numbers seeded. The backend has one generator for all threads, so only one at a
/// time may draw.
fn seeded<T>(seed: u64, draw: impl FnOnce() -> T) -> T {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    device().seed(seed);
    draw()
}

/// The numbers of a tensor.
fn values(tensor: Tensor<1>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}

/// A network whose weights are drawn at random.
pub fn new_network(architecture: Architecture, seed: u64) -> Network {
    seeded(seed, || Network::new(architecture, &device()))
}
