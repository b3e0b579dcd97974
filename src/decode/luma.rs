//! Samples as a decoder leaves them to 8-bit luma.

use image::ColorType;

/// A luma plane and whether any pixel of the source was less than opaque.
pub(super) struct Luma {
    pub plane: Vec<u8>,
    pub transparent: bool,
}

/// Rec. 601 luma with the weights .299, .587, .114 in 14 bits: OpenCV's RGB to grey.
pub(super) fn grey([r, g, b]: [u8; 3]) -> u8 {
    // The weights sum to 2^14, so the result is at most 255.
    ((u32::from(r) * 4899 + u32::from(g) * 9617 + u32::from(b) * 1868 + 8192) >> 14) as u8
}

/// Luma from samples interleaved as `color` says, 16-bit ones in native byte order; `None` for floating point.
pub(super) fn from_samples(color: ColorType, samples: Vec<u8>) -> Option<Luma> {
    let samples = match color {
        ColorType::L16 | ColorType::La16 | ColorType::Rgb16 | ColorType::Rgba16 => samples
            .as_chunks::<2>()
            .0
            .iter()
            .map(|sample| (u16::from_ne_bytes(*sample) >> 8) as u8)
            .collect(),
        _ => samples,
    };
    let (plane, transparent) = match color {
        ColorType::L8 | ColorType::L16 => (samples, false),
        ColorType::La8 | ColorType::La16 => {
            let pixels = samples.as_chunks::<2>().0;
            (
                pixels.iter().map(|[v, _]| *v).collect(),
                pixels.iter().any(|[_, a]| *a != 255),
            )
        }
        ColorType::Rgb8 | ColorType::Rgb16 => (
            samples
                .as_chunks::<3>()
                .0
                .iter()
                .map(|pixel| grey(*pixel))
                .collect(),
            false,
        ),
        ColorType::Rgba8 | ColorType::Rgba16 => {
            let pixels = samples.as_chunks::<4>().0;
            let plane = pixels.iter().map(|[r, g, b, _]| grey([*r, *g, *b])).collect();
            (plane, pixels.iter().any(|[.., a]| *a != 255))
        }
        _ => return None,
    };
    Some(Luma { plane, transparent })
}

/// Luma from JPEG's CMYK samples, inverted as Adobe stores them: OpenCV's rule.
pub(super) fn from_cmyk(samples: &[u8]) -> Vec<u8> {
    let pixels = samples.as_chunks::<4>().0;
    pixels
        .iter()
        .map(|[c, m, y, k]| {
            let k = u32::from(*k);
            // 0 <= (255 - ink) * k >> 8 <= k, so the difference stays a byte.
            let light = |ink: &u8| (k - (((255 - u32::from(*ink)) * k) >> 8)) as u8;
            grey([light(c), light(m), light(y)])
        })
        .collect()
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
        let luma = from_samples(ColorType::Rgb16, samples.clone()).unwrap();
        assert_eq!(luma.plane, [grey([0x12, 0x80, 0xFE])]);
        let luma = from_samples(ColorType::L16, samples).unwrap();
        assert_eq!(luma.plane, [0x12, 0x80, 0xFE]);
    }

    #[test]
    fn alpha_is_seen_and_not_used() {
        let luma = from_samples(ColorType::La8, vec![7, 255, 9, 0]).unwrap();
        assert!(luma.transparent && luma.plane == [7, 9]);
        let luma = from_samples(ColorType::Rgba8, vec![1, 2, 3, 255]).unwrap();
        assert!(!luma.transparent && luma.plane == [grey([1, 2, 3])]);
        assert!(from_samples(ColorType::Rgb32F, vec![0; 12]).is_none());
    }

    #[test]
    fn cmyk_without_ink_is_white_and_without_light_black() {
        // k - (255-ink)*k>>8: no ink 255 - 0; full ink 255 - (255*255 >> 8) = 255 - 254.
        assert_eq!(
            from_cmyk(&[255, 255, 255, 255, 0, 0, 0, 255, 255, 255, 255, 0]),
            [255, 1, 0]
        );
    }
}
