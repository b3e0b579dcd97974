//! Operations of the networks that have kernels of their own on the CPU.

mod convolution;
mod normalisation;

pub use convolution::convolve;
pub use normalisation::{Rectifier, normalise};

use burn::backend::DispatchDevice;
use burn::tensor::{DType, Device, Tensor};

/// Whether the kernels can compute with it: 32-bit floats on the CPU.
fn is_ours<const D: usize>(tensor: &Tensor<D>) -> bool {
    let on_cpu = |device: Device| matches!(device.inner().as_dispatch(), DispatchDevice::Flex(_));
    tensor.dtype() == DType::F32 && on_cpu(tensor.device())
}
