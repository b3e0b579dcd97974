//! Where the 8 × 8 blocks of an earlier JPEG compression lie in a plane.

use super::plane::Plane;

/// Differences from here on are edges of the picture, not of blocks.
const CEILING: f32 = 4.0;

/// The shortest side that is judged: five block edges and their surroundings.
const MIN_SIDE: usize = 40;

/// Standard errors by which the block edges must stand out, in either direction.
///
/// 160 faces brought down from 1024² to 384², where no grid is left, and cropped to 64, 128 and 250 pixels reach 2.24
/// at the most. Compressed first, the least of 60 reaches at qualities 75, 90 and 95: 14.3, 8.1, 6.5 at 250 pixels;
/// 6.5, 5.4, 2.8 at 128.
const THRESHOLD: f64 = 3.0;

/// Finds the grid of 8 × 8 blocks that a JPEG compression left in `plane`, also where cropping has cut it: the place
/// (column, row) of the pixel (0, 0) in its block, as in [`Planes::grid`](super::Planes::grid). `None` where no grid
/// stands out: a plane never compressed, compressed at a quality of about 98 or more, resized since, or with a side
/// under 40 pixels.
///
/// The mixed difference |p(x,y) − p(x+1,y) − p(x,y+1) + p(x+1,y+1)|, cut off at 4 levels, is blind to straight edges
/// and sees the corners of blocks (after Fan and de Queiroz, "Identification of bitmap compression history", IEEE
/// Trans. Image Processing 12(2), 2003). Summed along columns, a block edge makes a column larger than the mean of its
/// two neighbours; the one of eight phases whose columns do so by most standard errors is the grid's. Rows likewise.
pub fn grid_offset(plane: &Plane) -> Option<(u8, u8)> {
    if plane.width.min(plane.height) < MIN_SIDE {
        return None;
    }
    let mut across = vec![0.0; plane.width - 1];
    let mut along = vec![0.0; plane.height - 1];
    let rows: Vec<&[f32]> = plane.samples.chunks_exact(plane.width).collect();
    for (pair, total) in rows.windows(2).zip(&mut along) {
        let steps: Vec<f32> = pair[0]
            .iter()
            .zip(pair[1])
            .map(|(above, below)| above - below)
            .collect();
        for (step, sum) in steps.windows(2).zip(&mut across) {
            let difference = f64::from((step[0] - step[1]).abs().min(CEILING));
            *sum += difference;
            *total += difference;
        }
    }
    Some((place(&across)?, place(&along)?))
}

/// The place of sample 0 in its block, from the differences between samples i and i + 1.
fn place(differences: &[f64]) -> Option<u8> {
    // excess[i] belongs to differences[i + 1].
    let excess: Vec<f64> = differences
        .windows(3)
        .map(|three| three[1] - (three[0] + three[2]) / 2.0)
        .collect();
    let (phase, height) = (0..8)
        .map(|phase| {
            let of =
                |distances: &[usize]| {
                    let chosen = excess.iter().enumerate();
                    moments(chosen.filter_map(|(i, value)| {
                        distances.contains(&((i + 8 - phase) % 8)).then_some(*value)
                    }))
                };
            // Beside an edge the excess is negative, and so says nothing of the ground.
            let (edges, ground) = (of(&[0]), of(&[2, 3, 4, 5, 6]));
            let error = (edges.error + ground.error).sqrt();
            let height = edges.mean - ground.mean;
            (phase, if error > 0.0 { height / error } else { 0.0 })
        })
        .max_by(|a, b| a.1.total_cmp(&b.1))?;
    // The last sample before the edge, at phase + 1, has the place 7.
    (height >= THRESHOLD).then_some(((6 + 8 - phase) % 8) as u8)
}

struct Moments {
    mean: f64,
    /// Squared standard error of the mean.
    error: f64,
}

fn moments(values: impl Iterator<Item = f64> + Clone) -> Moments {
    let count = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / count;
    let squares: f64 = values.map(|value| (value - mean).powi(2)).sum();
    Moments {
        mean,
        error: squares / (count * (count - 1.0)),
    }
}

#[cfg(test)]
mod tests {
    use image::{GrayImage, Luma, imageops};
    use libjpeg_turbo_rs::{PixelFormat, Subsampling, compress};
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::{Channels, Limits, decode, decode_channels};

    /// Smooth shapes, edges and sensor noise.
    fn scene(side: u32, seed: u64) -> GrayImage {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let noise = GrayImage::from_fn(side, side, |_, _| Luma([rng.r#gen()]));
        let (coarse, fine) = (imageops::blur(&noise, 9.0), imageops::blur(&noise, 0.8));
        GrayImage::from_fn(side, side, |x, y| {
            let value = |plane: &GrayImage| f64::from(plane.get_pixel(x, y)[0]) - 127.5;
            let step = if (x * 3 + y * 2) / 97 % 2 == 0 {
                35.0
            } else {
                -35.0
            };
            Luma([(127.5 + step + 4.0 * value(&coarse) + 0.1 * value(&fine)).clamp(0.0, 255.0) as u8])
        })
    }

    fn compressed(picture: &GrayImage, quality: u8) -> GrayImage {
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let bytes = compress(
            picture.as_raw(),
            width,
            height,
            PixelFormat::Grayscale,
            quality,
            Subsampling::S444,
        )
        .unwrap();
        decode(&bytes, &Limits::default()).unwrap().luma
    }

    fn plane(picture: &GrayImage) -> Plane {
        Plane {
            width: picture.width() as usize,
            height: picture.height() as usize,
            samples: picture.as_raw().iter().map(|v| f32::from(*v)).collect(),
        }
    }

    #[test]
    fn every_offset_of_a_cropped_jpeg_is_found() {
        for quality in [60, 90] {
            let picture = compressed(&scene(136, 1), quality);
            for top in 0..8 {
                for left in 0..8 {
                    let crop = imageops::crop_imm(&picture, left, top, 121, 128 - top).to_image();
                    let found = grid_offset(&plane(&crop));
                    assert_eq!(found, Some((left as u8, top as u8)), "quality {quality}");
                }
            }
        }
    }

    #[test]
    fn pictures_never_compressed_have_none() {
        for seed in 0..100 {
            assert_eq!(grid_offset(&plane(&scene(96, seed))), None, "{seed}");
        }
    }

    #[test]
    fn resizing_takes_the_grid_away() {
        for seed in 0..10 {
            let picture = compressed(&scene(256, seed), 75);
            let small = imageops::resize(&picture, 150, 150, imageops::FilterType::Triangle);
            assert_eq!(grid_offset(&plane(&small)), None, "{seed}");
        }
    }

    #[test]
    fn flat_tiny_and_strange_planes_have_none() {
        let of = |width: usize, height: usize, sample: &dyn Fn(usize) -> f32| {
            grid_offset(&Plane {
                width,
                height,
                samples: (0..width * height).map(sample).collect(),
            })
        };
        assert_eq!(of(64, 64, &|_| 9.0), None);
        assert_eq!(of(39, 400, &|i| (i * i % 251) as f32), None);
        assert_eq!(of(0, 0, &|_| 0.0), None);
        assert_eq!(of(64, 64, &|i| i as f32), None);
    }

    #[test]
    fn the_planes_of_a_png_carry_its_grid() {
        let picture = compressed(&scene(136, 3), 75);
        let crop = imageops::crop_imm(&picture, 5, 2, 120, 120).to_image();
        let mut png = std::io::Cursor::new(Vec::new());
        crop.write_to(&mut png, image::ImageFormat::Png).unwrap();
        let channels = Channels {
            planes: true,
            ..Channels::default()
        };
        let decoded = decode_channels(png.get_ref(), &Limits::default(), channels).unwrap();
        assert_eq!(decoded.planes.unwrap().grid, (5, 2));
    }
}
