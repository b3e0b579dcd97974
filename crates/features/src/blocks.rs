//! The luma of an image as blocks of DCT coefficients, from a JPEG or not.

use super::FeatureError;
use dftective_decode::{Coefficients, Decoded, Planes, dct};

/// What [`luma_blocks`] reads.
pub(super) const CHANNELS: dftective_decode::Channels = dftective_decode::Channels {
    planes: true,
    rgb: false,
    coefficients: true,
};

/// Fills `blocks` with the coefficients of every 8 × 8 block of luma that lies wholly in the picture, in natural
/// order: those of a JPEG dequantised, exactly; of other pictures the orthonormal DCT of Y − 128 on the grid of
/// [`Planes::grid`]. Blocks that are all of one level are refused.
pub(super) fn luma_blocks(
    image: &Decoded,
    family: &'static str,
    blocks: &mut Vec<[f32; 64]>,
) -> Result<(), FeatureError> {
    blocks.clear();
    match (&image.coefficients, &image.planes) {
        (Some(coefficients), _) => dequantise(coefficients, blocks),
        (None, Some(planes)) => transform(planes, blocks),
        (None, None) => {
            return Err(FeatureError::NotDecoded {
                family,
                what: "coefficients or planes",
            });
        }
    }
    if blocks.is_empty() {
        let (width, height) = image.luma.dimensions();
        return Err(FeatureError::TooSmall {
            family,
            width,
            height,
            needed: 8,
        });
    }
    // The transform of a constant block errs by less; one level at one pixel gives more.
    const NOTHING: f32 = 0.05;
    let is_flat = |block: &[f32; 64]| block[1..].iter().all(|value| value.abs() < NOTHING);
    let level = blocks[0][0];
    if blocks
        .iter()
        .all(|block| is_flat(block) && (block[0] - level).abs() < NOTHING)
    {
        return Err(FeatureError::Constant {
            family,
            what: "its blocks are all of one level",
        });
    }
    Ok(())
}

fn dequantise(found: &Coefficients, blocks: &mut Vec<[f32; 64]>) {
    let (across, down) = (found.width / 8, found.height / 8);
    let rows = found.values.chunks_exact(found.blocks_across() * 64).take(down);
    for values in rows.flat_map(|row| &row.as_chunks::<64>().0[..across]) {
        blocks.push(std::array::from_fn(|i| {
            f32::from(values[i]) * f32::from(found.table[i])
        }));
    }
}

fn transform(planes: &Planes, blocks: &mut Vec<[f32; 64]>) {
    let (column, row) = planes.grid;
    let starts =
        |place: u8, side: usize| (usize::from((8 - place) % 8)..(side + 1).saturating_sub(8)).step_by(8);
    let plane = &planes.y;
    for top in starts(row, plane.height) {
        for left in starts(column, plane.width) {
            blocks.push(dct::forward(&std::array::from_fn(|y| {
                let samples = &plane.samples[(top + y) * plane.width + left..];
                std::array::from_fn(|x| samples[x] - 128.0)
            })));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use dftective_decode::{Limits, read_channels};

    fn fixture(name: &str) -> Decoded {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../data/jpeg")
            .join(name);
        read_channels(&path, &Limits::default(), CHANNELS).unwrap()
    }

    /// The planes of a JPEG are the inverse transform of its coefficients, so transforming them brings these back: to
    /// 0.03, since either way errs by at most 0.018 (see the tests of the planes).
    #[test]
    fn coefficients_and_planes_give_the_same_blocks() {
        for name in ["420_q75.jpg", "progressive_grey_q80.jpg", "422_q85.jpg"] {
            let mut image = fixture(name);
            let (mut stored, mut computed) = (Vec::new(), Vec::new());
            luma_blocks(&image, "test", &mut stored).unwrap();
            image.coefficients = None;
            luma_blocks(&image, "test", &mut computed).unwrap();
            let (width, height) = image.luma.dimensions();
            assert_eq!(stored.len() as u32, (width / 8) * (height / 8), "{name}");
            assert_eq!(stored.len(), computed.len());
            for (a, b) in stored.as_flattened().iter().zip(computed.as_flattened()) {
                assert!((a - b).abs() < 0.03, "{name}: {a} {b}");
            }
        }
    }

    #[test]
    fn blocks_follow_the_grid() {
        let mut image = fixture("420_q75.jpg");
        let planes = image.planes.as_mut().unwrap();
        image.coefficients = None;
        let mut blocks = Vec::new();
        // 37 × 29 pixels, the first whole block at (3, 7): four across, two down.
        planes.grid = (5, 1);
        let corner = planes.y.samples[7 * 37 + 3..][..8].to_vec();
        luma_blocks(&image, "test", &mut blocks).unwrap();
        assert_eq!(blocks.len(), 8);
        let row: f32 = (0..64)
            .map(|i| blocks[0][i] * dct::BASIS[i / 8][0] * dct::BASIS[i % 8][2])
            .sum();
        assert!((row - (corner[2] - 128.0)).abs() < 0.01);
    }

    #[test]
    fn tiny_pictures_and_missing_parts_are_errors() {
        let mut blocks = vec![[0.0; 64]];
        let mut image = fixture("grey_8x1_q90.jpg");
        for _ in 0..2 {
            let error = luma_blocks(&image, "benford", &mut blocks).unwrap_err();
            assert_eq!(
                error.to_string(),
                "image too small for benford: 8x1 pixels, 8 needed on either side"
            );
            image.coefficients = None;
        }
        image.planes = None;
        let error = luma_blocks(&image, "benford", &mut blocks).unwrap_err();
        assert_eq!(
            error.to_string(),
            "benford needs coefficients or planes, and the image was decoded without"
        );
    }
}
