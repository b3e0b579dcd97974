//! Gabor kernels in sixteen turns.

use std::f64::consts::PI;

use super::SIDE;

/// Turns by π/16, from 0 to below π.
pub const TURNS: usize = 16;

/// A kernel's weights, by rows.
pub type Weights = [f32; SIDE * SIDE];

/// exp(−(u² + v²/4) / 2σ²) · cos(2π·0.56/σ·u + phase), less its mean, of norm one; u and v are the coordinates,
/// from the kernel's centre, turned by `angle`.
fn gabor(sigma: f64, angle: f64, phase: f64) -> Weights {
    let values: [f64; SIDE * SIDE] = std::array::from_fn(|index| {
        let centred = |place: usize| place as f64 - (SIDE - 1) as f64 / 2.0;
        let (x, y) = (centred(index % SIDE), centred(index / SIDE));
        let u = x * angle.cos() + y * angle.sin();
        let v = -x * angle.sin() + y * angle.cos();
        (-(u * u + 0.25 * v * v) / (2.0 * sigma * sigma)).exp() * (2.0 * PI * u * 0.56 / sigma + phase).cos()
    });
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let norm = values
        .iter()
        .map(|value| (value - mean).powi(2))
        .sum::<f64>()
        .sqrt();
    values.map(|value| ((value - mean) / norm) as f32)
}

/// The kernels of one scale and phase, by turn.
pub fn kernels(sigma: f64, phase: f64) -> [Weights; TURNS] {
    std::array::from_fn(|turn| gabor(sigma, PI * turn as f64 / TURNS as f64, phase))
}
