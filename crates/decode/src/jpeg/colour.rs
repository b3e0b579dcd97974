//! What the components of a JPEG are, and the colours they stand for.

use multiversion::multiversion;

use super::damage::JpegDamage;

/// What the components are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ColourSpace {
    Grey,
    YCbCr,
    Rgb,
    /// With samples inverted, as Adobe stores them.
    Cmyk,
    /// The same with C, M, Y turned into Y, Cb, Cr.
    Ycck,
}

impl ColourSpace {
    /// By libjpeg's rules, of 1, 3 or 4 components with `ids`; `jfif` and `adobe`, a colour transform, tell of segments
    /// before the first scan. A transform that there is not is damage.
    pub(super) fn of(ids: &[u8], jfif: bool, adobe: Option<u8>) -> (Self, Option<JpegDamage>) {
        let known = match (ids, adobe) {
            ([_], _) => Self::Grey,
            ([_, _, _], _) if jfif => Self::YCbCr,
            ([_, _, _], Some(0)) => Self::Rgb,
            ([_, _, _], Some(1)) => Self::YCbCr,
            ([b'R', b'G', b'B'], None) => Self::Rgb,
            ([_, _, _], None) => Self::YCbCr,
            ([_, _, _, _], None | Some(0)) => Self::Cmyk,
            ([_, _, _, _], Some(2)) => Self::Ycck,
            (_, Some(other)) => {
                let space = if ids.len() == 3 { Self::YCbCr } else { Self::Ycck };
                return (space, Some(JpegDamage::ColourTransform(other)));
            }
            (_, None) => Self::Grey,
        };
        (known, None)
    }

    /// Whether the first component is luma that the method reads as it is stored.
    pub(super) fn stores_luma(self) -> bool {
        matches!(self, Self::Grey | Self::YCbCr)
    }
}

/// Fractional bits of the factors below.
const BITS: u32 = 16;

/// A factor with [`BITS`] fractional bits, rounded.
const fn fixed(factor: f64) -> i32 {
    (factor * (1 << BITS) as f64 + 0.5) as i32
}

/// Pixels that are converted together, so that compilers make vectors of them.
const LANES: usize = 32;

/// JFIF's R, G, B of Y, Cb, Cr, rounded as libjpeg does it: into as many samples each as `y` has, at most [`LANES`].
#[inline(always)]
fn convert(y: &[u8], blue: &[u8], red: &[u8], rgb: &mut [[u8; LANES]; 3]) {
    const HALF: i32 = 1 << (BITS - 1);
    let [r, g, b] = rgb;
    let to = r.iter_mut().zip(g).zip(b);
    for ((((r, g), b), y), (blue, red)) in to.zip(y).zip(blue.iter().zip(red)) {
        let (y, blue, red) = (i32::from(*y), i32::from(*blue) - 128, i32::from(*red) - 128);
        let hold = |value: i32| value.clamp(0, 255) as u8;
        *r = hold(y + ((fixed(1.402) * red + HALF) >> BITS));
        *g = hold(y + ((HALF - fixed(0.34414) * blue - fixed(0.71414) * red) >> BITS));
        *b = hold(y + ((fixed(1.772) * blue + HALF) >> BITS));
    }
}

/// Interleaved R, G, B of planes of equal size.
#[multiversion(targets("x86_64+avx2"))]
pub(super) fn rgb_of_ycc(y: &[u8], blue: &[u8], red: &[u8]) -> Vec<u8> {
    let mut rgb = vec![0; y.len() * 3];
    let planes = y.chunks(LANES).zip(blue.chunks(LANES)).zip(red.chunks(LANES));
    let mut some = [[0; LANES]; 3];
    for (pixels, ((y, blue), red)) in rgb.chunks_mut(3 * LANES).zip(planes) {
        convert(y, blue, red, &mut some);
        let [r, g, b] = &some;
        for (((pixel, r), g), b) in pixels.as_chunks_mut::<3>().0.iter_mut().zip(r).zip(g).zip(b) {
            *pixel = [*r, *g, *b];
        }
    }
    rgb
}

/// Interleaved C, M, Y, K of planes of equal size; of Y, Cb and Cr what is left of R, G and B.
pub(super) fn cmyk_of_ycck([y, blue, red, black]: [&[u8]; 4]) -> Vec<u8> {
    let rgb = rgb_of_ycc(y, blue, red);
    let pixels = rgb.as_chunks::<3>().0.iter().zip(black);
    pixels
        .flat_map(|([r, g, b], black)| [255 - r, 255 - g, 255 - b, *black])
        .collect()
}

/// Interleaved samples of planes of equal size.
pub(super) fn interleave<const COUNT: usize>(planes: [&[u8]; COUNT]) -> Vec<u8> {
    (0..planes[0].len())
        .flat_map(|at| planes.map(|plane| plane[at]))
        .collect()
}

/// Grey of interleaved R, G, B by libjpeg's weights, 16 bits each.
pub(super) fn grey_of_rgb(rgb: &[u8]) -> Vec<u8> {
    const WEIGHTS: [i32; 3] = [fixed(0.299), fixed(0.587), fixed(0.114)];
    let pixels = rgb.as_chunks::<3>().0.iter();
    pixels
        .map(|pixel| {
            let sum: i32 = pixel
                .iter()
                .zip(WEIGHTS)
                .map(|(sample, weight)| i32::from(*sample) * weight)
                .sum();
            // The weights sum to 2^16, so the result is at most 255.
            ((sum + (1 << (BITS - 1))) >> BITS) as u8
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_space_is_told_by_segments_and_then_by_ids() {
        let of = |ids: &[u8], jfif, adobe| ColourSpace::of(ids, jfif, adobe);
        let ycc = (ColourSpace::YCbCr, None);
        let rgb = (ColourSpace::Rgb, None);
        assert_eq!(of(&[9], true, Some(7)), (ColourSpace::Grey, None));
        assert_eq!(of(b"RGB", true, Some(0)), ycc);
        assert_eq!(of(b"RGB", false, Some(1)), ycc);
        assert_eq!(of(&[1, 2, 3], false, Some(0)), rgb);
        assert_eq!(of(b"RGB", false, None), rgb);
        for ids in [[1, 2, 3], [0, 0, 0], *b"BGR"] {
            assert_eq!(of(&ids, false, None), ycc);
        }
        let unknown = |number| Some(JpegDamage::ColourTransform(number));
        assert_eq!(of(b"RGB", false, Some(2)), (ColourSpace::YCbCr, unknown(2)));
        assert_eq!(of(&[1; 4], true, None), (ColourSpace::Cmyk, None));
        assert_eq!(of(&[1; 4], true, Some(0)), (ColourSpace::Cmyk, None));
        assert_eq!(of(&[1; 4], false, Some(2)), (ColourSpace::Ycck, None));
        assert_eq!(of(&[1; 4], false, Some(1)), (ColourSpace::Ycck, unknown(1)));
    }

    /// Within a level of the exact matrix, half a level of it from rounding and the rest from the 16 bits.
    #[test]
    fn colours_are_those_of_jfifs_matrix() {
        for step in 0..4096u32 {
            let [y, blue, red] = [step % 16 * 17, step / 16 % 16 * 17, step / 256 * 17].map(|v| v as u8);
            let found = rgb_of_ycc(&[y], &[blue], &[red]);
            let (y, blue, red) = (f64::from(y), f64::from(blue) - 128.0, f64::from(red) - 128.0);
            let exact = [
                y + 1.402 * red,
                y - 0.344_14 * blue - 0.714_14 * red,
                y + 1.772 * blue,
            ];
            for (found, exact) in found.iter().zip(exact) {
                assert!((f64::from(*found) - exact.clamp(0.0, 255.0)).abs() < 0.51);
            }
        }
    }

    #[test]
    fn greys_stay_grey() {
        let ramp: Vec<u8> = (0..=255).collect();
        let rgb = interleave([&ramp[..], &ramp, &ramp]);
        assert_eq!(grey_of_rgb(&rgb), ramp);
        assert_eq!(rgb_of_ycc(&ramp, &[128; 256], &[128; 256]), rgb);
        assert_eq!(grey_of_rgb(&[255, 0, 0, 0, 255, 0, 0, 0, 255]), [76, 150, 29]);
    }
}
