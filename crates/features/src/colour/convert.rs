//! Hue, saturation and chroma as OpenCV rounds them.

use std::sync::LazyLock;

use image::RgbImage;
use multiversion::multiversion;

/// Replaces `planes` by the picture's 8-bit hue, saturation, Cb and Cr: to the bit those of OpenCV's
/// `COLOR_RGB2HSV_FULL` and `COLOR_RGB2YCrCb`.
pub(super) fn components(pixels: &RgbImage, planes: &mut [Vec<u8>; 4]) {
    let pixels = pixels.as_raw().as_chunks::<3>().0;
    for plane in planes.iter_mut() {
        plane.resize(pixels.len(), 0);
    }
    let [hue, saturation, cb, cr] = planes;
    hue_saturation(pixels, &RECIPROCALS, hue, saturation);
    chroma(pixels, cb, cr);
}

/// Fractions have 12 bits.
const HSV_BITS: u32 = 12;

/// 255/n and 256/6n, which stand in for division by a colour's value and by its range.
struct Reciprocals {
    saturation: [i32; 256],
    hue: [i32; 256],
}

static RECIPROCALS: LazyLock<Reciprocals> = LazyLock::new(|| {
    let table = |numerator: f64| {
        std::array::from_fn(|n| match n {
            0 => 0,
            n => (numerator * f64::from(1 << HSV_BITS) / n as f64).round_ties_even() as i32,
        })
    };
    Reciprocals {
        saturation: table(255.0),
        hue: table(256.0 / 6.0),
    }
});

#[multiversion(targets = "simd")]
fn hue_saturation(pixels: &[[u8; 3]], reciprocals: &Reciprocals, hue: &mut [u8], saturation: &mut [u8]) {
    for ((&[r, g, b], hue), saturation) in pixels.iter().zip(hue).zip(saturation) {
        let value = r.max(g).max(b);
        let range = value - r.min(g).min(b);
        let rounded = |product: i32| (product + (1 << (HSV_BITS - 1))) >> HSV_BITS;
        *saturation = rounded(i32::from(range) * reciprocals.saturation[usize::from(value)]) as u8;
        let [r32, g32, b32, range32] = [r, g, b, range].map(i32::from);
        let sixths = if value == r {
            g32 - b32
        } else if value == g {
            b32 - r32 + 2 * range32
        } else {
            r32 - g32 + 4 * range32
        };
        // Between red and blue hue is negative, and a circle is 256.
        *hue = rounded(sixths * reciprocals.hue[usize::from(range)]) as u8;
    }
}

#[multiversion(targets = "simd")]
fn chroma(pixels: &[[u8; 3]], cb: &mut [u8], cr: &mut [u8]) {
    for ((pixel, cb), cr) in pixels.iter().zip(cb).zip(cr) {
        let [r, g, b] = pixel.map(i32::from);
        // Rec. 601 weights, .564 and .713, in 14 bits.
        let rounded = |sum: i32| (sum + (1 << 13)) >> 14;
        let y = rounded(r * 4899 + g * 9617 + b * 1868);
        let centred = |product: i32| rounded(product + (128 << 14)).clamp(0, 255) as u8;
        *cb = centred((b - y) * 9241);
        *cr = centred((r - y) * 11682);
    }
}
