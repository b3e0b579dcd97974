//! Samples as a decoder leaves them to 8-bit luma.

use image::ColorType;

/// What the samples of a picture come to.
pub(super) struct Pixels {
    pub luma: Vec<u8>,
    /// Interleaved R, G, B, if asked for and if the samples have colour.
    pub rgb: Option<Vec<u8>>,
    /// Whether any pixel was less than opaque.
    pub transparent: bool,
}

/// Rec. 601 luma with the weights .299, .587, .114 in 14 bits: OpenCV's RGB to grey.
pub(super) fn grey([r, g, b]: [u8; 3]) -> u8 {
    // The weights sum to 2^14, so the result is at most 255.
    ((u32::from(r) * 4899 + u32::from(g) * 9617 + u32::from(b) * 1868 + 8192) >> 14) as u8
}

/// Luma, and colour if `rgb` asks for it, from samples interleaved as `color` says, 16-bit ones in native byte order;
/// `None` for floating point.
pub(super) fn from_samples(color: ColorType, samples: Vec<u8>, rgb: bool) -> Option<Pixels> {
    let samples = match color {
        ColorType::L16 | ColorType::La16 | ColorType::Rgb16 | ColorType::Rgba16 => samples
            .as_chunks::<2>()
            .0
            .iter()
            .map(|sample| (u16::from_ne_bytes(*sample) >> 8) as u8)
            .collect(),
        _ => samples,
    };
    let (luma, rgb, transparent) = match color {
        ColorType::L8 | ColorType::L16 => (samples, None, false),
        ColorType::La8 | ColorType::La16 => {
            let pixels = samples.as_chunks::<2>().0;
            (
                pixels.iter().map(|[v, _]| *v).collect(),
                None,
                pixels.iter().any(|[_, a]| *a != 255),
            )
        }
        ColorType::Rgb8 | ColorType::Rgb16 => return Some(from_rgb(samples, rgb)),
        ColorType::Rgba8 | ColorType::Rgba16 => {
            let pixels = samples.as_chunks::<4>().0;
            (
                pixels.iter().map(|[r, g, b, _]| grey([*r, *g, *b])).collect(),
                rgb.then(|| pixels.iter().flat_map(|[r, g, b, _]| [*r, *g, *b]).collect()),
                pixels.iter().any(|[.., a]| *a != 255),
            )
        }
        _ => return None,
    };
    Some(Pixels {
        luma,
        rgb,
        transparent,
    })
}

/// Luma, and colour if `rgb` asks for it, from interleaved 8-bit R, G, B.
pub(super) fn from_rgb(samples: Vec<u8>, rgb: bool) -> Pixels {
    Pixels {
        luma: greys(&samples),
        rgb: rgb.then_some(samples),
        transparent: false,
    }
}

/// Luma of interleaved R, G, B.
pub(super) fn greys(rgb: &[u8]) -> Vec<u8> {
    rgb.as_chunks::<3>().0.iter().map(|pixel| grey(*pixel)).collect()
}

/// R, G, B from JPEG's CMYK samples, inverted as Adobe stores them: OpenCV's rule.
pub(super) fn rgb_of_cmyk(samples: &[u8]) -> Vec<u8> {
    let pixels = samples.as_chunks::<4>().0;
    pixels
        .iter()
        .flat_map(|[c, m, y, k]| {
            let k = u32::from(*k);
            // 0 <= (255 - ink) * k >> 8 <= k, so the difference stays a byte.
            [c, m, y].map(|ink| (k - (((255 - u32::from(*ink)) * k) >> 8)) as u8)
        })
        .collect()
}

/// R, G, B from CMYK samples with 0 for no ink, the first four of each pixel's `per_pixel`:
/// (255 − ink)(255 − black)/255, rounded.
pub(super) fn rgb_of_ink(samples: &[u8], per_pixel: usize) -> Vec<u8> {
    let light = |ink: u8, black: u8| {
        let product = u32::from(255 - ink) * u32::from(255 - black);
        ((product + 127) / 255) as u8
    };
    let pixels = samples.chunks_exact(per_pixel);
    pixels
        .flat_map(|pixel| [0, 1, 2].map(|ink| light(pixel[ink], pixel[3])))
        .collect()
}

/// R, G, B of one pixel's Y, Cb, Cr by JFIF's full-range Rec. 601 matrix, in libjpeg's 16-bit integers.
pub(super) fn rgb_of_ycbcr([y, cb, cr]: [u8; 3]) -> [u8; 3] {
    const BITS: u32 = 16;
    let (y, cb, cr) = (i32::from(y), i32::from(cb) - 128, i32::from(cr) - 128);
    let level = |sum: i32| (y + ((sum + (1 << (BITS - 1))) >> BITS)).clamp(0, 255) as u8;
    // 1.402, 0.34414, 0.71414 and 1.772.
    [
        level(91_881 * cr),
        level(-22_554 * cb - 46_802 * cr),
        level(116_130 * cb),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grey_keeps_greys_and_weighs_primaries() {
        for v in 0..=255 {
            assert_eq!(grey([v, v, v]), v);
        }
        // round(255 * weight / 2^14): 76.25, 149.68, 29.07
        assert_eq!(
            [grey([255, 0, 0]), grey([0, 255, 0]), grey([0, 0, 255])],
            [76, 150, 29]
        );
    }

    #[test]
    fn wide_samples_lose_their_low_byte_before_the_colour_rule() {
        let samples: Vec<u8> = [0x12FFu16, 0x80FF, 0xFE01]
            .iter()
            .flat_map(|v| v.to_ne_bytes())
            .collect();
        let luma = from_samples(ColorType::Rgb16, samples.clone(), true).unwrap();
        assert_eq!(luma.rgb.unwrap(), [0x12, 0x80, 0xFE]);
        assert_eq!(luma.luma, [grey([0x12, 0x80, 0xFE])]);
        let luma = from_samples(ColorType::L16, samples, true).unwrap();
        assert_eq!(luma.rgb, None);
        assert_eq!(luma.luma, [0x12, 0x80, 0xFE]);
    }

    #[test]
    fn alpha_is_seen_and_not_used() {
        let luma = from_samples(ColorType::La8, vec![7, 255, 9, 0], true).unwrap();
        assert!(luma.transparent && luma.luma == [7, 9] && luma.rgb.is_none());
        let luma = from_samples(ColorType::Rgba8, vec![1, 2, 3, 255], true).unwrap();
        assert!(!luma.transparent && luma.luma == [grey([1, 2, 3])]);
        assert_eq!(luma.rgb.unwrap(), [1, 2, 3]);
        assert!(from_samples(ColorType::Rgb32F, vec![0; 12], false).is_none());
    }

    #[test]
    fn cmyk_without_ink_is_white_and_without_light_black() {
        // k - (255-ink)*k>>8: no ink 255 - 0; full ink 255 - (255*255 >> 8) = 255 - 254.
        let rgb = rgb_of_cmyk(&[255, 255, 255, 255, 0, 0, 0, 255, 255, 255, 255, 0]);
        assert_eq!(greys(&rgb), [255, 1, 0]);
    }

    #[test]
    fn ink_takes_light_away() {
        let rgb = rgb_of_ink(
            &[0, 0, 0, 0, 255, 0, 128, 0, 0, 51, 102, 255, 51, 102, 153, 51],
            4,
        );
        // 255 − 51 = 204: of 255, 204, 153 and 102 four fifths.
        assert_eq!(rgb, [255, 255, 255, 0, 255, 127, 0, 0, 0, 163, 122, 82]);
        assert_eq!(rgb_of_ink(&[0, 0, 0, 0, 7], 5), [255, 255, 255]);
    }

    /// Beside the matrix in double precision.
    #[test]
    fn full_range_ycbcr_is_rounded_to_the_nearest_level() {
        for y in (0..=255).step_by(5) {
            for cb in (0..=255).step_by(5) {
                for cr in (0..=255).step_by(5) {
                    let (b, r) = (f64::from(cb) - 128.0, f64::from(cr) - 128.0);
                    let light = f64::from(y);
                    let exact = [
                        light + 1.402 * r,
                        light - 0.344_136 * b - 0.714_136 * r,
                        light + 1.772 * b,
                    ];
                    for (found, exact) in rgb_of_ycbcr([y, cb, cr]).into_iter().zip(exact) {
                        // Coefficients of 16 bits are off by up to 2⁻¹⁷ times 128, twice.
                        assert!((f64::from(found) - exact.clamp(0.0, 255.0)).abs() <= 0.5 + 0.002);
                    }
                }
            }
        }
    }
}
