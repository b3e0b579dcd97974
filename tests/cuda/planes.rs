//! Planes, and their profiles by device and processor.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use dftective::cuda::{CudaError, Gpu, GpuOptions};
use dftective::spectrum::{Accelerator, Recipe, SpectrumPlan, Workspace};
use image::{GrayImage, Luma};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Like a photograph in that it is loud where it is coarse: light from one side, a shape, and grain.
pub fn plane(width: u32, height: u32, seed: u64) -> GrayImage {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (x0, y0): (f64, f64) = (rng.gen_range(0.2..0.8), rng.gen_range(0.2..0.8));
    GrayImage::from_fn(width, height, |x, y| {
        let (x, y) = (f64::from(x) / f64::from(width), f64::from(y) / f64::from(height));
        let shape = if (x - x0).hypot(y - y0) < 0.3 { 60.0 } else { 0.0 };
        Luma([(40.0 + 90.0 * x + shape + rng.gen_range(0.0..16.0)) as u8])
    })
}

pub fn plan(width: u32, height: u32, recipe: &str) -> SpectrumPlan {
    SpectrumPlan::new(width, height, &recipe.parse::<Recipe>().unwrap()).unwrap()
}

/// The profile, by the device where one is given.
pub fn profile(plan: &SpectrumPlan, plane: &GrayImage, gpu: Option<&Arc<Gpu>>) -> Vec<f64> {
    let device = gpu.map(|gpu| Arc::clone(gpu) as Arc<dyn Accelerator>);
    let mut workspace = Workspace::default().with_accelerator(device);
    let mut profile = vec![0.0; plan.bins()];
    plan.profile(plane, &mut workspace, &mut profile).unwrap();
    profile
}

pub fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|value| value.to_bits()).collect()
}

fn difference(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// Whether a profile is as good as single precision can make it: it may miss double precision by 1e-4, for fixed point
/// and logarithm, and by thrice what the processor's own single precision misses, as both round by chance; where a side
/// is no power of two by six times, as the device then transforms twice, over up to four times the points: errors go
/// with √(2·log₂(4n) + 3), for √log₂(n) (`kernels/host/check.cpp`).
pub fn assert_close(found: &[f64], plane: &GrayImage, recipe: &str) {
    let (width, height) = plane.dimensions();
    let of = |precision: &str| {
        profile(
            &plan(width, height, &format!("{recipe} precision={precision}")),
            plane,
            None,
        )
    };
    let (single, double) = (of("f32"), of("f64"));
    let times = match width.is_power_of_two() && height.is_power_of_two() {
        true => 3.0,
        false => 6.0,
    };
    let (own, bound) = (
        difference(found, &double),
        1e-4 + times * difference(&single, &double),
    );
    assert!(
        own <= bound,
        "{width}x{height} {recipe}: differs by {own:.1e}, allowed {bound:.1e}"
    );
}

/// A device, and how often it reported its failure.
pub fn open(options: &GpuOptions) -> (Arc<Gpu>, Arc<AtomicUsize>) {
    let heard = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&heard);
    let on_failure = move |_: &CudaError| {
        counter.fetch_add(1, Ordering::SeqCst);
    };
    (Arc::new(Gpu::open(options, on_failure).unwrap()), heard)
}
