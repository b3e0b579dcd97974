//! One square of a picture, varied, to learn from.

use image::RgbImage;
use image::imageops::{blur, crop_imm, flip_horizontal_in_place};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

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

/// A square of `side` pixels, or why there is none.
pub(super) fn varied(
    picture: &RgbImage,
    side: u32,
    augmentation: &Augmentation,
    rng: &mut ChaCha8Rng,
) -> Result<RgbImage, String> {
    let (width, height) = picture.dimensions();
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
    let (x, y) = (place(across, rng), place(down, rng));
    let mut square = crop_imm(picture, x, y, side, side).to_image();
    if augmentation.flip && rng.r#gen() {
        flip_horizontal_in_place(&mut square);
    }
    if let Some((low, high)) = augmentation.saturation {
        saturate(&mut square, rng.gen_range(low..=high));
    }
    if let Some((low, high)) = augmentation.blur {
        let deviation = rng.gen_range(low..=high);
        if rng.r#gen() {
            square = blur(&square, deviation);
        }
    }
    if let Some((low, high)) = augmentation.jpeg {
        let quality = rng.gen_range(low..=high);
        if rng.r#gen() {
            square = saved(&square, quality)?;
        }
    }
    Ok(square)
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
    Ok(super::pictures::colours(
        &again.map_err(|error| error.to_string())?,
        None,
    ))
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
