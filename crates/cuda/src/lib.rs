//! Spectra on NVIDIA GPUs (feature `cuda`).
//!
//! [`devices`] says what there is, [`Gpu::open`] takes a device into service as a [`dftective_spectrum::Accelerator`]: put
//! into a [`dftective_spectrum::Workspace`], it is asked for every profile first. The kernels are in `kernels/`, with their
//! PTX, which the driver compiles for the card at hand; neither building nor starting the program wants a CUDA toolkit
//! or a driver.
//!
//! The kernels cover single precision and planes with sides from 64 to 4096 (those of powers of two faster), with every
//! window, centre, radius and average that a recipe may name. All else goes to the processor, and so do planes with a
//! radial bin too quiet for fixed-point sums. Where both can do it, profiles differ by rounding: fixed point and logarithm stay
//! within 1e-4 in units of 20·ln, and the transform adds what single precision costs on the processor, too, or, where a
//! side is no power of two, up to twice that.

#![allow(unsafe_code, reason = "the one room that calls the driver")]

mod buffers;
mod chirp;
mod device;
mod error;
mod gpu;
mod kernels;
mod lane;
mod ptx;
mod shape;
mod tables;

pub use device::{Device, devices};
pub use error::CudaError;
pub use gpu::{Gpu, GpuOptions};
