//! The pictures of an inspection.

use base64::prelude::{BASE64_STANDARD, Engine};
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, GrayImage, ImageEncoder, Luma, RgbImage, imageops};

use super::inspection::{FineDetail, SpectrumView};
use super::mistakes::{jpeg, within};
use dftective_decode::Plane;
use dftective_spectrum::{HighFrequencies, LogSpectrum, Window};

/// A picture as a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Width, pixels.
    pub width: u32,
    /// Height, pixels.
    pub height: u32,
    /// Its type, as in `image/png`.
    pub media_type: &'static str,
    /// The file.
    pub bytes: Vec<u8>,
}

/// What a page shows of an image besides curves.
pub struct Views {
    /// The luma plane, smaller where it is large.
    pub image: Picture,
    /// The two-dimensional log spectrum in colours.
    pub spectrum: Picture,
    /// Its numbers, reduced to at most 64 × 64: frequencies to the right and upwards in cycles per pixel, 20·ln|F|.
    pub spectrum_values: Vec<(f64, f64, f32)>,
    /// How it is shown.
    pub spectrum_view: SpectrumView,
    /// What remains beyond a radius: the middle of it.
    pub fine: Picture,
    /// All of it.
    pub whole_fine: GrayImage,
    /// How it is shown.
    pub fine_detail: FineDetail,
    /// Where a network looked, over the picture; none for other detectors.
    pub attention: Option<Picture>,
}

/// Longest side of a picture in a page, pixels.
const SIDE: u32 = 512;
/// Longest side of a table of values.
const TABLE: u32 = 64;
/// Values left out at the lower end of the colours, and at the upper.
const TAILS: (f64, f64) = (0.01, 0.001);
/// Pixels too bright or too dark to be shown as they are.
const FINE_TAIL: f64 = 0.005;

impl Views {
    /// The views of a plane, its spectrum by `window`, its fine detail from `radius` on, in cycles per pixel; `None` for
    /// an empty plane.
    pub fn of(plane: &GrayImage, window: Window, radius: f64) -> Option<Self> {
        if plane.is_empty() {
            return None;
        }
        let spectrum = LogSpectrum::of(plane, window);
        let (low, high) = spectrum.range(TAILS.0, TAILS.1);
        let (colours, together) = coloured(&spectrum, low, high);
        let spectrum_values = table(&spectrum);
        drop(spectrum);
        let fine = HighFrequencies::of(plane, radius);
        // A plane without fine detail shall not be rounding errors made large.
        let amplitude = fine.amplitude(FINE_TAIL).max(1.0);
        let whole_fine = GrayImage::from_fn(plane.width(), plane.height(), |x, y| {
            let value = fine.values[(y as usize) * fine.width + x as usize];
            Luma([(128.0 + 127.5 * value / amplitude).round().clamp(0.0, 255.0) as u8])
        });
        let shown = (plane.width().min(SIDE), plane.height().min(SIDE));
        let (left, top) = ((plane.width() - shown.0) / 2, (plane.height() - shown.1) / 2);
        let middle = imageops::crop_imm(&whole_fine, left, top, shown.0, shown.1).to_image();
        let image = within(plane, SIDE);
        Some(Self {
            image: Picture {
                width: image.width(),
                height: image.height(),
                media_type: "image/jpeg",
                bytes: jpeg(&image)?,
            },
            spectrum: png(colours.as_raw(), colours.dimensions(), ExtendedColorType::Rgb8)?,
            spectrum_values,
            spectrum_view: SpectrumView { low, high, together },
            fine: png(middle.as_raw(), middle.dimensions(), ExtendedColorType::L8)?,
            fine_detail: FineDetail {
                radius,
                share: fine.share,
                amplitude,
                shown,
            },
            whole_fine,
            attention: None,
        })
    }

    /// With where a network looked: a plane of the size of `picture`, at least 0. The higher a value, the more orange the
    /// picture is there; where all are 0 it stays grey.
    pub fn with_attention(self, picture: &GrayImage, attention: &Plane) -> Self {
        let highest = attention.samples.iter().copied().fold(0.0, f32::max);
        let blended = RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
            let grey = f32::from(picture.get_pixel(x, y).0[0]);
            let value = attention.samples.get((y * picture.width() + x) as usize);
            let share = value.map_or(0.0, |value| 0.75 * value / highest.max(f32::MIN_POSITIVE));
            image::Rgb(ORANGE.map(|own| (grey + share * (own - grey)).round() as u8))
        });
        let longer = blended.width().max(blended.height());
        let scale = f64::from(SIDE.min(longer)) / f64::from(longer.max(1));
        let shown = |length: u32| ((f64::from(length) * scale).round() as u32).max(1);
        let (width, height) = (shown(blended.width()), shown(blended.height()));
        let small = imageops::resize(&blended, width, height, imageops::FilterType::Triangle);
        Self {
            attention: png(small.as_raw(), small.dimensions(), ExtendedColorType::Rgb8),
            ..self
        }
    }
}

/// What speaks for fake, as in all figures.
const ORANGE: [f32; 3] = [213.0, 94.0, 0.0];

impl Picture {
    /// An address that holds the picture itself.
    pub fn address(&self) -> String {
        format!(
            "data:{};base64,{}",
            self.media_type,
            BASE64_STANDARD.encode(&self.bytes)
        )
    }

    /// A grey plane as a PNG file.
    pub fn grey(plane: &GrayImage) -> Option<Self> {
        png(plane.as_raw(), plane.dimensions(), ExtendedColorType::L8)
    }

    /// All colours of the scale from left to right.
    pub fn colour_scale() -> Option<Self> {
        let ramp = RgbImage::from_fn(256, 1, |x, _| colour(x as f32 / 255.0));
        png(ramp.as_raw(), ramp.dimensions(), ExtendedColorType::Rgb8)
    }
}

fn png(bytes: &[u8], (width, height): (u32, u32), kind: ExtendedColorType) -> Option<Picture> {
    let mut file = Vec::new();
    PngEncoder::new(&mut file)
        .write_image(bytes, width, height, kind)
        .ok()?;
    Some(Picture {
        width,
        height,
        media_type: "image/png",
        bytes: file,
    })
}

/// A colour of a scale that the colour-blind read, too: from dark blue over green to yellow.
fn colour(place: f32) -> image::Rgb<u8> {
    let colour = colorous::VIRIDIS.eval_continuous(f64::from(place.clamp(0.0, 1.0)));
    image::Rgb([colour.r, colour.g, colour.b])
}

/// The largest value of each block of `together` × `together`, by rows, with the number of blocks across.
fn blocks(spectrum: &LogSpectrum, together: usize) -> (Vec<f32>, usize) {
    let across = spectrum.width.div_ceil(together);
    let mut largest = vec![f32::NEG_INFINITY; across * spectrum.height.div_ceil(together)];
    for (v, row) in spectrum.values.chunks_exact(spectrum.width).enumerate() {
        let start = v / together * across;
        for (block, values) in largest[start..start + across]
            .iter_mut()
            .zip(row.chunks(together))
        {
            *block = values.iter().copied().fold(*block, f32::max);
        }
    }
    (largest, across)
}

fn coloured(spectrum: &LogSpectrum, low: f32, high: f32) -> (RgbImage, u32) {
    let longer = spectrum.width.max(spectrum.height);
    let together = longer.div_ceil(SIDE as usize).max(1);
    let (values, across) = blocks(spectrum, together);
    let down = values.len() / across.max(1);
    let range = if high > low { high - low } else { 1.0 };
    let picture = RgbImage::from_fn(across as u32, down as u32, |x, y| {
        colour((values[y as usize * across + x as usize] - low) / range)
    });
    (picture, together as u32)
}

fn table(spectrum: &LogSpectrum) -> Vec<(f64, f64, f32)> {
    let longer = spectrum.width.max(spectrum.height);
    let together = longer.div_ceil(TABLE as usize).max(1);
    let (values, across) = blocks(spectrum, together);
    let place = |block: usize, length: usize| {
        let middle = (block * together) as f64 + (together.min(length - block * together) as f64 - 1.0) / 2.0;
        (middle - (length / 2) as f64) / length as f64
    };
    values
        .into_iter()
        .enumerate()
        .map(|(index, value)| {
            let (x, y) = (index % across, index / across);
            (place(x, spectrum.width), 0.0 - place(y, spectrum.height), value)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use dftective_decode::{Limits, decode};

    fn noise(width: u32, height: u32) -> GrayImage {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        GrayImage::from_fn(width, height, |_, _| Luma([rng.r#gen()]))
    }

    #[test]
    fn pictures_stay_within_a_page_and_can_be_read() {
        for (width, height) in [(1, 1), (64, 64), (1400, 30), (3, 900)] {
            let views = Views::of(&noise(width, height), Window::Hann, 0.25).unwrap();
            for picture in [&views.image, &views.spectrum, &views.fine] {
                assert!(picture.width <= SIDE && picture.height <= SIDE);
                let read = decode(&picture.bytes, &Limits::default()).unwrap();
                assert_eq!(read.luma.dimensions(), (picture.width, picture.height));
            }
            assert_eq!(views.whole_fine.dimensions(), (width, height));
            assert!(views.spectrum_values.len() <= 64 * 64);
            assert!(views.spectrum_view.low <= views.spectrum_view.high);
        }
        assert!(Views::of(&GrayImage::new(0, 0), Window::Hann, 0.25).is_none());
    }

    #[test]
    fn blocks_keep_the_brightest() {
        let spectrum = LogSpectrum {
            width: 5,
            height: 3,
            values: (0..15).map(|value| value as f32).collect(),
        };
        let (values, across) = blocks(&spectrum, 2);
        assert_eq!((values, across), (vec![6.0, 8.0, 9.0, 11.0, 13.0, 14.0], 3));
        // DC lies at (2, 1).
        let values = table(&spectrum);
        assert_eq!(values[7], (0.0, 0.0, 7.0));
        assert_eq!(values[0], (-0.4, 1.0 / 3.0, 0.0));
    }

    #[test]
    fn a_flat_plane_has_no_fine_detail() {
        let views = Views::of(&GrayImage::from_pixel(20, 20, Luma([200])), Window::None, 0.1).unwrap();
        assert_eq!((views.fine_detail.share, views.fine_detail.amplitude), (0.0, 1.0));
        assert!(views.whole_fine.pixels().all(|pixel| pixel[0] == 128));
    }
}
