//! Squares varied to learn from.

use image::RgbImage;
use image::imageops::{blur, crop_imm, flip_horizontal_in_place};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::input::{check_size, spread};
use dftective_classify::{Augmentation, CropPlaces};
use dftective_decode::encode_jpeg;
use dftective_decode::{Limits, decode_channels};

/// Blocks of a JPEG begin every so many pixels.
const GRID: u32 = 8;

/// The generator of one picture's variations in one epoch: what is drawn for a picture does not depend on its place
/// in the order, nor on what was drawn for others.
pub(super) fn generator(seed: u64, epoch: usize, index: usize) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(((epoch as u64) << 32) | index as u64);
    rng
}

/// How an item is varied, drawn once for all that is seen of it: squares of one picture differ in their places alone, and
/// those of a clip's frames in nothing.
pub(super) struct Variation {
    /// Of the pictures that it was drawn for, pixels.
    size: (u32, u32),
    side: u32,
    /// Where the squares of a picture are cut.
    corners: Vec<(u32, u32)>,
    flip: bool,
    saturation: Option<f32>,
    blur: Option<f32>,
    jpeg: Option<u8>,
}

impl Variation {
    /// For pictures of `size`, of which `crops` squares of `side` pixels are seen, or why there are none.
    pub(super) fn drawn(
        size: (u32, u32),
        side: u32,
        crops: usize,
        augmentation: &Augmentation,
        rng: &mut ChaCha8Rng,
    ) -> Result<Self, String> {
        let (width, height) = size;
        let (Some(across), Some(down)) = (width.checked_sub(side), height.checked_sub(side)) else {
            return Err(format!(
                "{width}x{height} pixels, the network sees squares of {side}x{side}; --resize scales smaller pictures"
            ));
        };
        let place = |free: u32, rng: &mut ChaCha8Rng| match augmentation.crop {
            CropPlaces::Centre => free / 2 / GRID * GRID,
            CropPlaces::Grid => rng.gen_range(0..=free / GRID) * GRID,
            CropPlaces::Anywhere => rng.gen_range(0..=free),
        };
        let corners = if crops > 1 && augmentation.crop == CropPlaces::Centre {
            spread(size, side, crops).map_err(|error| error.to_string())?
        } else {
            let corners = (0..crops).map(|_| (place(across, rng), place(down, rng)));
            corners.collect()
        };
        let flip = augmentation.flip && rng.r#gen();
        let saturation = augmentation
            .saturation
            .map(|(low, high)| rng.gen_range(low..=high));
        let blur = augmentation.blur.and_then(|(low, high)| {
            let deviation = rng.gen_range(low..=high);
            rng.r#gen::<bool>().then_some(deviation)
        });
        let jpeg = augmentation.jpeg.and_then(|(low, high)| {
            let quality = rng.gen_range(low..=high);
            rng.r#gen::<bool>().then_some(quality)
        });
        Ok(Self {
            size,
            side,
            corners,
            flip,
            saturation,
            blur,
            jpeg,
        })
    }

    /// The squares of a picture, or why there are none.
    pub(super) fn squares(&self, picture: &RgbImage) -> Result<Vec<RgbImage>, String> {
        check_size(picture.dimensions(), self.size).map_err(|error| error.to_string())?;
        let squares = self.corners.iter().map(|&corner| self.square(picture, corner));
        squares.collect()
    }

    fn square(&self, picture: &RgbImage, (x, y): (u32, u32)) -> Result<RgbImage, String> {
        let mut square = crop_imm(picture, x, y, self.side, self.side).to_image();
        if self.flip {
            flip_horizontal_in_place(&mut square);
        }
        if let Some(factor) = self.saturation {
            saturate(&mut square, factor);
        }
        if let Some(deviation) = self.blur {
            square = blur(&square, deviation);
        }
        match self.jpeg {
            None => Ok(square),
            Some(quality) => saved(&square, quality),
        }
    }
}

/// Moves each pixel away from its luma (Rec. 601), or towards it where `factor` is below 1.
fn saturate(picture: &mut RgbImage, factor: f32) {
    for pixel in picture.pixels_mut() {
        let [red, green, blue] = pixel.0.map(f32::from);
        let luma = 0.299 * red + 0.587 * green + 0.114 * blue;
        pixel.0 = [red, green, blue].map(|value| (luma + factor * (value - luma)).round() as u8);
    }
}

/// The picture saved as a JPEG and read again.
fn saved(picture: &RgbImage, quality: u8) -> Result<RgbImage, String> {
    let file = encode_jpeg(picture, quality).map_err(|error| error.to_string())?;
    let again = decode_channels(&file, &Limits::default(), super::pictures::CHANNELS);
    let again = again.map_err(|error| error.to_string())?;
    Ok(super::pictures::colours(&again, None).into_owned())
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    fn picture(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| {
            Rgb([x, y, x ^ y].map(|value| (value % 256) as u8))
        })
    }

    /// One square of a picture.
    fn varied(
        picture: &RgbImage,
        side: u32,
        augmentation: &Augmentation,
        rng: &mut ChaCha8Rng,
    ) -> Result<RgbImage, String> {
        let variation = Variation::drawn(picture.dimensions(), side, 1, augmentation, rng)?;
        Ok(variation.squares(picture)?.swap_remove(0))
    }

    fn of(text: &str) -> Augmentation {
        text.parse().unwrap()
    }

    #[test]
    fn squares_lie_where_they_may() {
        let picture = picture(200, 136);
        let (mut places, mut anywhere) = (Vec::new(), Vec::new());
        for index in 0..60 {
            let square = varied(&picture, 128, &of("crop=grid"), &mut generator(1, 0, index)).unwrap();
            let [x, y, _] = square.get_pixel(0, 0).0;
            assert_eq!(
                square,
                crop_imm(&picture, x.into(), y.into(), 128, 128).to_image()
            );
            places.push((x, y));
            let square = varied(&picture, 128, &of("crop=anywhere"), &mut generator(1, 0, index)).unwrap();
            anywhere.push(square.get_pixel(0, 0).0[0]);
        }
        assert!(places.iter().all(|(x, y)| x % 8 == 0 && (*y == 0 || *y == 8)));
        // 10 columns and 2 rows: 60 draws miss one of the 20 places less often than not, all of a row never.
        assert!(
            (0..=72)
                .step_by(8)
                .filter(|x| places.iter().any(|place| place.0 == *x))
                .count()
                >= 8
        );
        assert!(anywhere.iter().any(|x| x % 8 != 0));
        let centre = varied(&picture, 128, &Augmentation::NONE, &mut generator(1, 0, 0)).unwrap();
        assert_eq!(centre, crop_imm(&picture, 32, 0, 128, 128).to_image());
        let error = varied(&picture, 137, &Augmentation::NONE, &mut generator(1, 0, 0)).unwrap_err();
        assert!(
            error.starts_with("200x136 pixels, the network sees squares of 137x137"),
            "{error}"
        );
    }

    #[test]
    fn the_same_draw_gives_the_same_square_and_another_epoch_another() {
        let picture = picture(160, 160);
        let all = of("flip,crop=anywhere,jpeg=50..90,blur=0.5..2,saturation=0.5..1.5");
        let draw =
            |seed, epoch, index| varied(&picture, 96, &all, &mut generator(seed, epoch, index)).unwrap();
        assert_eq!(draw(3, 1, 2), draw(3, 1, 2));
        let others = [draw(4, 1, 2), draw(3, 2, 2), draw(3, 1, 3)];
        assert!(others.iter().all(|other| *other != draw(3, 1, 2)));
    }

    #[test]
    fn each_variation_does_what_it_says() {
        let picture = picture(64, 64);
        let mut mirrored = picture.clone();
        flip_horizontal_in_place(&mut mirrored);
        let draws = |text: &str| -> Vec<RgbImage> {
            let drawn =
                (0..40).map(|index| varied(&picture, 64, &of(text), &mut generator(0, 0, index)).unwrap());
            drawn.collect()
        };
        let flips = draws("flip");
        assert!(
            flips
                .iter()
                .all(|square| *square == picture || *square == mirrored)
        );
        assert!(flips.contains(&picture) && flips.contains(&mirrored));
        for (text, other) in [
            ("jpeg=30..30", saved(&picture, 30).unwrap()),
            ("blur=2..2", blur(&picture, 2.0)),
        ] {
            let squares = draws(text);
            assert!(
                squares
                    .iter()
                    .all(|square| *square == picture || *square == other)
            );
            assert!(squares.contains(&picture) && squares.contains(&other), "{text}");
        }
        let grey = draws("saturation=0..0").swap_remove(0);
        assert!(
            grey.pixels()
                .all(|pixel| pixel.0[0] == pixel.0[1] && pixel.0[1] == pixel.0[2])
        );
        assert_eq!(draws("saturation=1..1")[0], picture);
    }
}
