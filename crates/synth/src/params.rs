//! What to make: parameters, classes, one picture.

use super::plane::{Picture, Plane};
use super::{Mechanism, SynthError, camera, decoder, scene};
use dftective_sample::Label;
use image::{Rgb, RgbImage};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// A labelled data set to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SynthParams {
    /// Pictures in each class, 1 to 1,000,000.
    pub per_class: u32,
    /// Side of a picture in pixels, 32 to 4096, a multiple of 4.
    pub size: u32,
    /// JPEG quality, 1 to 100.
    pub quality: u8,
    /// Seed of everything random.
    pub seed: u64,
}

/// One picture and how it was made.
#[derive(Clone, Debug, PartialEq)]
pub struct SynthImage {
    /// `size` × `size` pixels, sRGB.
    pub pixels: RgbImage,
    /// The label.
    pub label: Label,
    /// The decoder's upsampling; none for a real.
    pub mechanism: Option<Mechanism>,
    /// Size of the picture over that of the decoder's input, 2 or 4; none for a real.
    pub factor: Option<u32>,
}

impl SynthParams {
    /// Says whether every field lies in its range.
    ///
    /// # Errors
    /// The first field that does not.
    pub fn check(&self) -> Result<(), SynthError> {
        if !(1..=1_000_000).contains(&self.per_class) {
            return Err(SynthError::PerClass(self.per_class));
        }
        if !(32..=4096).contains(&self.size) || !self.size.is_multiple_of(4) {
            return Err(SynthError::Size(self.size));
        }
        check_quality(self.quality)
    }

    /// Picture `index` of a class. It depends on the seed, the class, the index and the size alone; fakes go through
    /// the four mechanisms at factor 2, then at factor 4, and begin again.
    ///
    /// # Errors
    /// Parameters that do not pass [`check`](Self::check).
    pub fn image(&self, label: Label, index: u32) -> Result<SynthImage, SynthError> {
        self.check()?;
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(u64::from(label.is_fake()) << 32 | u64::from(index));
        let rng = &mut rng;
        let camera = camera::Camera::sample(rng);
        let light = camera.focus(&scene::sample(self.size as usize, rng));
        let (mechanism, factor) = match label {
            Label::Real => (None, None),
            Label::Fake => (
                Some(Mechanism::ALL[index as usize % 4]),
                Some(if index % 8 < 4 { 2 } else { 4 }),
            ),
        };
        let picture = match (mechanism, factor) {
            (Some(mechanism), Some(factor)) => fake(light, &camera, mechanism, factor, rng),
            _ => camera.expose(&light, rng),
        };
        Ok(SynthImage {
            pixels: quantise(&camera::encode(picture)),
            label,
            mechanism,
            factor,
        })
    }
}

/// The scene seen small, brought up by the decoder, matched in mean and deviation, and given the camera's grain.
/// Linear light in and out.
fn fake(
    light: Picture,
    camera: &camera::Camera,
    mechanism: Mechanism,
    factor: u32,
    rng: &mut impl Rng,
) -> Picture {
    let half = camera::encode(light.each_ref().map(|plane| plane.area_average(2)));
    let mut picture = decoder::decode(half, mechanism, factor, rng);

    // Every second pixel of every second row tells the mean and the deviation as well, at a quarter of the cost.
    let sparse = light.map(|plane| Plane::from_fn(plane.size / 2, |x, y| plane.at(2 * x, 2 * y)));
    for (plane, channels) in picture.iter_mut().zip(&camera::encode(sparse)) {
        let ((mean, deviation), (target, spread)) = (plane.moments(), channels.moments());
        let gain = if deviation > 0.0 { spread / deviation } else { 1.0 };
        plane
            .data
            .iter_mut()
            .for_each(|v| *v = ((f64::from(*v) - mean) * gain + target) as f32);
    }
    let mut picture = camera::decode(picture);
    let grain = camera.grain(&picture, rng);
    for (plane, grain) in picture.iter_mut().zip(&grain) {
        plane.data.iter_mut().zip(&grain.data).for_each(|(v, g)| *v += g);
    }
    picture
}

fn quantise(picture: &Picture) -> RgbImage {
    let size = picture[0].size as u32;
    RgbImage::from_fn(size, size, |x, y| {
        let level = |plane: &Plane| (255.0 * plane.at(x as usize, y as usize) + 0.5) as u8;
        Rgb(picture.each_ref().map(level))
    })
}

pub(super) fn check_quality(quality: u8) -> Result<(), SynthError> {
    if (1..=100).contains(&quality) {
        Ok(())
    } else {
        Err(SynthError::Quality(quality))
    }
}
