//! Convolutional networks, to compare the classical detectors with: trained from scratch or from given weights on the
//! same images, judged by the same rules.
//!
//! A [`Network`] is one of several [architectures](dftective_classify::Architecture), each in a file
//! of its own with its layers; name, paper and input stand in the [registry](dftective_classify::NetworkEntry), which is
//! there also where a program was built without networks. [`train`] fits one to [`Pictures`]; a [`FittedNetwork`] is what
//! has learnt, with the [`InputRule`] by which it sees an image, and its logit is the margin of a
//! detector. [`weights`] reads and writes the weights under PyTorch's names.
//!
//! A network sees squares of a picture at its own resolution, R, G and B from 0 to 255, three planes of `side × side`.
//! Nothing is ever scaled unless asked for, as pixels are the evidence; a picture smaller than a square is an error.
//!
//! Training is the same on any run with the same seed on one thread. On several, sums are added in another order and
//! weights differ in their last bits.

mod attention;
mod augment;
mod batches;
mod checkpoint;
mod device;
mod error;
mod fitted;
mod loss;
pub mod networks;
pub mod ops;
mod pictures;
pub mod pretrained;
mod schedule;
mod train;
pub mod weights;

use std::sync::{Mutex, PoisonError};

use burn::tensor::Tensor;

use device::device;
use dftective_classify::Architecture;
use networks::Network;

pub use checkpoint::Checkpoint;
pub use error::CnnError;
pub use fitted::{FittedNetwork, InputRule, margins};
pub use pictures::{Files, Pictures};
pub use train::{Callbacks, TrainJob, TrainedNetwork, train};

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
