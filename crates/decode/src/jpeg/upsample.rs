//! A component brought up to the size of the picture, as libjpeg does it unless asked otherwise.
//!
//! Twice the columns, twice the rows or both are made by a triangle filter: each new sample takes three quarters of the
//! nearer old one in a direction and one of the further. All else repeats samples.

use std::borrow::Cow;

use multiversion::multiversion;

use super::error::unsupported;
use super::frame::Frame;
use crate::DecodeError;

/// Columns up to which samples are repeated where the filter would run along them.
const TOO_NARROW: usize = 2;

/// The samples of the component at `place` at the picture's size, row-major.
///
/// # Errors
/// A component whose samples stand for no whole number of pixels.
pub(super) fn upsampled<'a>(
    frame: &Frame,
    place: usize,
    samples: &'a [u8],
) -> Result<Cow<'a, [u8]>, DecodeError> {
    let (across, down) = factors(frame, place)?;
    if (across, down) == (1, 1) {
        return Ok(samples.into());
    }
    let (width, height) = (usize::from(frame.width), usize::from(frame.height));
    let (own_width, own_height) = frame.samples(place);
    let rows: Vec<&[u8]> = samples.chunks_exact(own_width).collect();
    let wide = own_width > TOO_NARROW;
    let mut all = Vec::with_capacity(width * height);
    // One row, up to the last whole step across.
    let mut line = vec![0; own_width * across];
    let mut sums = vec![0; own_width];
    for y in 0..height {
        let near = rows[y / down];
        let odd = y % 2 == 1;
        let other = match odd {
            false => (y / 2).saturating_sub(1),
            true => (y / 2 + 1).min(own_height - 1),
        };
        match (across, down) {
            (2, 1) if wide => double_across(near, &mut line),
            (1, 2) => {
                // Rounded down above, to the nearest below.
                let bias = if odd { 2 } else { 1 };
                for ((new, near), far) in line.iter_mut().zip(near).zip(rows[other]) {
                    *new = ((u16::from(*near) * 3 + u16::from(*far) + bias) >> 2) as u8;
                }
            }
            (2, 2) if wide => {
                for ((sum, near), far) in sums.iter_mut().zip(near).zip(rows[other]) {
                    *sum = u16::from(*near) * 3 + u16::from(*far);
                }
                double_both(&sums, &mut line);
            }
            _ => {
                for (new, sample) in line.chunks_exact_mut(across).zip(near) {
                    new.fill(*sample);
                }
            }
        }
        all.extend_from_slice(&line[..width]);
    }
    Ok(all.into())
}

/// Pixels for each sample, across and down.
fn factors(frame: &Frame, place: usize) -> Result<(usize, usize), DecodeError> {
    let component = &frame.components[place];
    let (most_across, most_down) = frame.most();
    if !most_across.is_multiple_of(component.horizontal) || !most_down.is_multiple_of(component.vertical) {
        return Err(unsupported("fractional sampling"));
    }
    Ok((
        usize::from(most_across / component.horizontal),
        usize::from(most_down / component.vertical),
    ))
}

/// Twice the samples, three or more.
#[multiversion(targets("x86_64+avx2"))]
fn double_across(samples: &[u8], line: &mut [u8]) {
    let mix = |near: u8, far: u8, bias: u16| (u16::from(near) * 3 + u16::from(far) + bias) >> 2;
    let last = samples.len() - 1;
    let pairs = line.as_chunks_mut::<2>().0;
    for (((pair, near), left), right) in pairs[1..]
        .iter_mut()
        .zip(&samples[1..])
        .zip(samples)
        .zip(&samples[2..])
    {
        *pair = together(mix(*near, *left, 1), mix(*near, *right, 2));
    }
    pairs[0] = together(samples[0].into(), mix(samples[0], samples[1], 2));
    pairs[last] = together(mix(samples[last], samples[last - 1], 1), samples[last].into());
}

/// Twice the samples of a row between two rows, of which `sums` has three times the nearer and once the further.
#[multiversion(targets("x86_64+avx2"))]
fn double_both(sums: &[u16], line: &mut [u8]) {
    let mix = |near: u16, far: u16, bias: u16| (near * 3 + far + bias) >> 4;
    let last = sums.len() - 1;
    let pairs = line.as_chunks_mut::<2>().0;
    for (((pair, near), left), right) in pairs[1..].iter_mut().zip(&sums[1..]).zip(sums).zip(&sums[2..]) {
        *pair = together(mix(*near, *left, 8), mix(*near, *right, 7));
    }
    pairs[0] = together(mix(sums[0], sums[0], 8), mix(sums[0], sums[1], 7));
    pairs[last] = together(mix(sums[last], sums[last - 1], 8), mix(sums[last], sums[last], 7));
}

/// Two bytes as one number, which compilers turn into vectors.
#[inline(always)]
fn together(one: u16, two: u16) -> [u8; 2] {
    (one | two << 8).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::Limits;

    fn frame(width: u16, height: u16, factors: [u8; 2]) -> Frame {
        let [w, h] = [width, height].map(u16::to_be_bytes);
        let segment = [
            8, h[0], h[1], w[0], w[1], 3, 1, factors[0], 0, 2, factors[1], 0, 3, 0x11, 0,
        ];
        Frame::parse(&segment, 0xC0, &Limits::default()).unwrap()
    }

    /// Of a row or column of samples the new one at `at` among twice as many: three quarters of the nearest and one of
    /// the next on its other side, times 4. The ends have no other side.
    fn weighed(count: usize, at: usize, sample: impl Fn(usize) -> u32) -> u32 {
        let near = at / 2;
        let far = if at % 2 == 1 {
            near + 1
        } else {
            near.wrapping_sub(1)
        };
        3 * sample(near) + sample(if far < count { far } else { near })
    }

    #[test]
    fn each_pixel_is_weighed_or_repeated() {
        let mut rng = ChaCha8Rng::seed_from_u64(71);
        for (most, own) in [
            (0x22, 0x11),
            (0x21, 0x11),
            (0x12, 0x11),
            (0x42, 0x21),
            (0x41, 0x11),
            (0x44, 0x12),
            (0x31, 0x11),
            (0x22, 0x22),
        ] {
            for _ in 0..60 {
                let (width, height) = (rng.gen_range(1..20), rng.gen_range(1..20));
                let frame = frame(width, height, [most, own]);
                let (own_width, own_height) = frame.samples(1);
                let samples: Vec<u8> = (0..own_width * own_height).map(|_| rng.r#gen()).collect();
                let found = upsampled(&frame, 1, &samples).unwrap();
                let (across, down) = (
                    usize::from(most >> 4) / usize::from(own >> 4),
                    usize::from(most & 15) / usize::from(own & 15),
                );
                let sample = |x: usize, y: usize| u32::from(samples[y * own_width + x]);
                for (at, found) in found.iter().enumerate() {
                    let (x, y) = (at % usize::from(width), at / usize::from(width));
                    let expected = match (across, down) {
                        (2, 1) if own_width > 2 => {
                            let sum = weighed(own_width, x, |x| sample(x, y));
                            (sum + 1 + (x % 2) as u32) / 4
                        }
                        (1, 2) => {
                            let sum = weighed(own_height, y, |y| sample(x, y));
                            (sum + 1 + (y % 2) as u32) / 4
                        }
                        (2, 2) if own_width > 2 => {
                            let sum = weighed(own_width, x, |x| weighed(own_height, y, |y| sample(x, y)));
                            (sum + 8 - (x % 2) as u32) / 16
                        }
                        _ => sample(x / across, y / down),
                    };
                    assert_eq!(
                        u32::from(*found),
                        expected,
                        "{most:x} {own:x} {width}x{height} at {x} {y}"
                    );
                }
            }
        }
    }

    #[test]
    fn fractions_are_refused() {
        let error = upsampled(&frame(8, 8, [0x31, 0x21]), 1, &[0; 48]).unwrap_err();
        assert_eq!(error.to_string(), "unsupported jpeg: fractional sampling");
    }
}
