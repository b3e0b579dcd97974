//! Plans of complex transforms in single precision.
//!
//! The planner is generic, and all the algorithms that it chooses from are compiled in every crate that names a precision.
//! Rooms that want such a plan take it from here.

use std::sync::Arc;

use rustfft::{Fft, FftDirection, FftPlanner};

/// A plan of Σ x(n)·exp(∓2πi·kn/N) over `length` points, unnormalised; minus is [`FftDirection::Forward`].
pub fn plan_complex(length: usize, direction: FftDirection) -> Arc<dyn Fft<f32>> {
    FftPlanner::new().plan_fft(length, direction)
}
