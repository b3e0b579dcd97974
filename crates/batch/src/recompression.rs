//! Copies of training images at other JPEG qualities.

use std::ops::RangeInclusive;
use std::str::FromStr;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};

use dftective_decode::{Channels, Decoded, Limits, decode_channels};
use dftective_sample::{ErrorCode, SampleError, path_text, quoted};

/// How many copies of an image, saved as JPEG at which qualities, are learnt from beside the image itself: a detector that
/// has seen no other quality than that of its training images is misled by every other.
///
/// As text `jpeg=60..95`, or `jpeg=60..95:3` for three copies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recompression {
    /// Qualities drawn from, 1 to 100.
    pub qualities: RangeInclusive<u8>,
    /// Copies of an image.
    pub copies: u8,
    /// Seed of the draws.
    pub seed: u64,
}

/// What is wrong with a text that should name copies.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected jpeg=LOW..HIGH or jpeg=LOW..HIGH:COPIES, qualities from 1 to 100 and 1 to 20 copies, found {}",
    quoted(found)
)]
pub struct RecompressionError {
    /// The text.
    pub found: String,
}

const MAX_COPIES: u8 = 20;

impl FromStr for Recompression {
    type Err = RecompressionError;

    fn from_str(text: &str) -> Result<Self, RecompressionError> {
        let parts = || {
            let (range, copies) = match text.strip_prefix("jpeg=")?.split_once(':') {
                Some((range, copies)) => (range, copies.parse().ok()?),
                None => (text.strip_prefix("jpeg=")?, 1),
            };
            let (low, high) = range.split_once("..")?;
            let (low, high): (u8, u8) = (low.parse().ok()?, high.parse().ok()?);
            let is_right = 1 <= low && low <= high && high <= 100 && (1..=MAX_COPIES).contains(&copies);
            is_right.then_some(Self {
                qualities: low..=high,
                copies,
                seed: 0,
            })
        };
        parts().ok_or_else(|| RecompressionError {
            found: text.to_owned(),
        })
    }
}

impl Recompression {
    /// The qualities of an image's copies: they depend on the seed and the last part of the path, so that they are the same
    /// wherever the data lie.
    pub(super) fn qualities_of(&self, path: &std::path::Path) -> Vec<u8> {
        let name = path_text(path.file_name().unwrap_or_default().as_ref());
        let mut seed: [u8; 32] = Sha256::digest(name.as_bytes()).into();
        for (byte, other) in seed.iter_mut().zip(self.seed.to_le_bytes()) {
            *byte ^= other;
        }
        let mut rng = ChaCha8Rng::from_seed(seed);
        (0..self.copies)
            .map(|_| rng.gen_range(self.qualities.clone()))
            .collect()
    }

    /// What must be decoded of an image so that it can be saved.
    pub(super) const CHANNELS: Channels = Channels {
        planes: false,
        rgb: true,
        coefficients: false,
    };
}

/// The picture saved as a JPEG of `quality` and decoded again.
pub(super) fn recompressed(
    image: &Decoded,
    quality: u8,
    limits: &Limits,
    channels: Channels,
) -> Result<Decoded, SampleError> {
    let file = image.encode_jpeg(quality).map_err(|error| {
        SampleError::new(
            ErrorCode::Other,
            format!("no copy of JPEG quality {quality}: {error}"),
        )
    })?;
    decode_channels(&file, limits, channels)
        .map_err(|error| SampleError::new(error.code(), format!("a copy of JPEG quality {quality}: {error}")))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use image::{GrayImage, Luma, Rgb, RgbImage};

    use super::*;
    use dftective_decode::decode;
    use dftective_decode::encode_jpeg;

    #[test]
    fn copies_are_read_as_written() {
        let read = |text: &str| text.parse::<Recompression>();
        let found = read("jpeg=60..95").unwrap();
        assert_eq!((found.qualities, found.copies, found.seed), (60..=95, 1, 0));
        assert_eq!(read("jpeg=75..75:20").unwrap().copies, 20);
        for text in [
            "",
            "jpeg",
            "jpeg=",
            "jpeg=60",
            "jpeg=0..9",
            "jpeg=60..101",
            "jpeg=9..8",
            "png=1..2",
            "jpeg=1..2:0",
            "jpeg=1..2:21",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn draws_depend_on_seed_and_name_alone() {
        let draws = |seed, path: &str| {
            let copies = Recompression {
                qualities: 60..=95,
                copies: 5,
                seed,
            };
            copies.qualities_of(Path::new(path))
        };
        let found = draws(1, "a/x.jpg");
        assert_eq!(found.len(), 5);
        assert!(found.iter().all(|quality| (60..=95).contains(quality)));
        assert_eq!(found, draws(1, "b/c/x.jpg"));
        assert_ne!(found, draws(2, "a/x.jpg"));
        assert_ne!(found, draws(1, "a/y.jpg"));
    }

    #[test]
    fn a_copy_is_a_jpeg_of_that_quality_and_kind() {
        let pixels = RgbImage::from_fn(64, 48, |x, y| Rgb([(x * 4) as u8, (y * 5) as u8, (x * y) as u8]));
        let channels = Channels {
            planes: true,
            ..Channels::default()
        };
        let limits = Limits::default();
        let file = encode_jpeg(&pixels, 95).unwrap();
        let image = decode_channels(&file, &limits, Recompression::CHANNELS).unwrap();
        for quality in [30, 61, 90] {
            let copy = recompressed(&image, quality, &limits, channels).unwrap();
            let jpeg = copy.source.jpeg.unwrap();
            assert_eq!(
                (jpeg.quality, jpeg.subsampling),
                (Some(quality), Some(dftective_decode::Subsampling::S420))
            );
            assert_eq!(copy.luma.dimensions(), (64, 48));
            assert!(copy.planes.is_some_and(|planes| planes.chroma.is_some()));
        }
        // Of the same pixels the encoder makes the same file.
        let again = encode_jpeg(image.rgb.as_ref().unwrap(), 61).unwrap();
        assert_eq!(
            recompressed(&image, 61, &limits, channels).unwrap().luma,
            decode(&again, &limits).unwrap().luma
        );
        let grey = GrayImage::from_fn(32, 32, |x, y| Luma([(x * y) as u8]));
        let mut png = std::io::Cursor::new(Vec::new());
        grey.write_to(&mut png, image::ImageFormat::Png).unwrap();
        let grey = decode_channels(png.get_ref(), &limits, Recompression::CHANNELS).unwrap();
        let copy = recompressed(&grey, 80, &limits, channels).unwrap();
        assert_eq!(copy.source.jpeg.unwrap().subsampling, None);
        assert!(copy.planes.is_some_and(|planes| planes.chroma.is_none()));
    }
}
