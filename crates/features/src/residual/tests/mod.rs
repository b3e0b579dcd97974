//! The shared core and its families against definitions written out.

mod families;
mod luma;
mod registers;
mod twins;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::counts::{BINS, CLASSES, DISTANCES};
use super::{ResidualInput, SIDE};
use dftective_decode::Plane;

/// What planes are filled with.
#[derive(Clone, Copy, Debug)]
enum Content {
    /// One value.
    Flat,
    /// Slow waves with a little noise: most responses lie at the lower steps.
    Waves,
    /// Noise over the whole range: all values occur.
    Noise,
    /// Magnitudes that no picture has, but a hostile file may.
    Huge,
}

const CONTENTS: [Content; 4] = [Content::Flat, Content::Waves, Content::Noise, Content::Huge];

fn plane(width: usize, height: usize, content: Content) -> Plane {
    let mut rng = ChaCha8Rng::seed_from_u64((width << 20 | height) as u64);
    let mut sample = |index: usize| {
        let (x, y) = ((index % width) as f32, (index / width) as f32);
        match content {
            Content::Flat => 97.3,
            Content::Waves => 120.0 + 60.0 * (x / 6.0).sin() * (y / 4.0).cos() + rng.gen_range(-4.0..4.0),
            Content::Noise => rng.gen_range(-20.0..275.0),
            Content::Huge => rng.gen_range(-3e9..3e9),
        }
    };
    Plane {
        width,
        height,
        samples: (0..width * height).map(&mut sample).collect(),
    }
}

/// Counts by class and value: every response divided, rounded and put into its bin by itself.
fn histogram(source: &ResidualInput, responses: &[f32], q: f32) -> [[u64; BINS]; CLASSES] {
    let mut counts = [[0; BINS]; CLASSES];
    for (index, response) in responses.iter().enumerate() {
        let (x, y) = (index % source.responses().0, index / source.responses().0);
        let distance = |place: usize| (place % SIDE).min(SIDE - place % SIDE);
        let class = distance(y + source.grid.1) * DISTANCES + distance(x + source.grid.0);
        let value = (response.abs() / q).round_ties_even().min(4.0);
        counts[class][value as usize] += 1;
    }
    counts
}

/// At every place in the plane, `sum` of the sample with that offset.
fn responses(source: &ResidualInput, sum: impl Fn(&dyn Fn(usize, usize) -> f32) -> f32) -> Vec<f32> {
    let (across, down) = source.responses();
    let places = (0..down).flat_map(|y| (0..across).map(move |x| (x, y)));
    let plane = source.plane;
    places
        .map(|(x, y)| sum(&|dx, dy| plane.samples[(y + dy) * plane.width + x + dx]))
        .collect()
}

/// The weighted sum, one fused multiply-add after another.
fn in_order(pairs: impl Iterator<Item = (f32, f32)>) -> f32 {
    pairs.fold(0.0, |sum, (sample, weight)| sample.mul_add(weight, sum))
}
