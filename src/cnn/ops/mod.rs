//! Operations of the networks that have kernels of their own on the CPU.

mod convolution;

pub use convolution::convolve;
