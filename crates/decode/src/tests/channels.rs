//! Planes, colour and coefficients of every kind of picture.

use std::collections::HashMap;

use libjpeg_turbo_rs::decompress_raw;
use sha2::{Digest, Sha256};

use super::*;
use crate::{Channels, Coefficients, Plane, decode_channels};

pub(super) const ALL: Channels = Channels {
    planes: true,
    rgb: true,
    coefficients: true,
};

fn read_all(bytes: &[u8]) -> Decoded {
    decode_channels(bytes, &Limits::default(), ALL).unwrap()
}

#[test]
fn wants_add_up() {
    let nothing = Channels::default();
    let planes = Channels {
        planes: true,
        ..nothing
    };
    let rgb = Channels { rgb: true, ..nothing };
    let coefficients = Channels {
        coefficients: true,
        ..nothing
    };
    assert_eq!(nothing | nothing, nothing);
    assert_eq!(rgb | nothing, rgb);
    assert_eq!(planes | rgb | coefficients, ALL);
}

fn is_grey(name: &str) -> bool {
    name.contains("grey")
}

/// JPEGs without a Y component.
fn lacks_luma(name: &str) -> bool {
    ["rgb", "cmyk", "ycck"].iter().any(|kind| name.starts_with(kind))
}

#[test]
fn nothing_is_decoded_that_is_not_wanted_and_luma_never_changes() {
    for (name, bytes) in data("jpeg").into_iter().chain(data("raster")) {
        let Ok(plain) = read(&bytes) else { continue };
        assert!(plain.planes.is_none() && plain.rgb.is_none() && plain.coefficients.is_none());
        for bits in 1..8 {
            let channels = Channels {
                planes: bits & 1 != 0,
                rgb: bits & 2 != 0,
                coefficients: bits & 4 != 0,
            };
            let found = decode_channels(&bytes, &Limits::default(), channels).unwrap();
            assert!(
                found.luma == plain.luma && found.source == plain.source,
                "{name} {channels:?}"
            );
            assert_eq!(found.planes.is_some(), channels.planes, "{name}");
            if !channels.rgb {
                assert_eq!(found.rgb, None, "{name}");
            }
            if !channels.coefficients {
                assert_eq!(found.coefficients, None, "{name}");
            }
        }
    }
}

#[test]
fn colour_of_jpegs_is_that_of_opencv() {
    let text =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/jpeg/colour.txt")).unwrap();
    let digests: HashMap<&str, &str> = text.lines().filter_map(|line| line.split_once(' ')).collect();
    let mut compared = 0;
    for (name, bytes) in data("jpeg") {
        let Some(stem) = name.strip_suffix(".jpg") else {
            continue;
        };
        let decoded = read_all(&bytes);
        // OpenCV repeats grey three times; here grey has no colour.
        let rgb = match decoded.rgb {
            Some(rgb) => rgb.into_raw(),
            None => decoded.luma.as_raw().iter().flat_map(|v| [*v; 3]).collect(),
        };
        assert_eq!(hex::encode(Sha256::digest(&rgb)), digests[stem], "{name}");
        compared += 1;
    }
    assert_eq!((compared, digests.len()), (23, 23));
}

/// The definition (T.81 A.3.3) in double precision, a pixel at a time.
fn inverse_dct(found: &Coefficients, x: usize, y: usize) -> f64 {
    let block = (y / 8 * found.blocks_across() + x / 8) * 64;
    let wave = |frequency: usize, place: usize| {
        let scale: f64 = if frequency == 0 { 0.125f64.sqrt() } else { 0.5 };
        scale * (std::f64::consts::PI * ((2 * place + 1) * frequency) as f64 / 16.0).cos()
    };
    let mut sum = 128.0;
    for j in 0..8 {
        for k in 0..8 {
            let value = f64::from(found.values[block + 8 * j + k]) * f64::from(found.table[8 * j + k]);
            sum += value * wave(j, y % 8) * wave(k, x % 8);
        }
    }
    sum
}

/// Each of the two passes rounds 8 sums of products: an error of 9·2⁻²⁴ of the sum of magnitudes, itself at most
/// 8/√8 = 2.9 times the block's norm a pass. Coefficients of 8-bit pixels have a norm of at most 8·128·2 (the
/// quantiser may double what it meets), so 2·9·2⁻²⁴·8·2048 = 0.018 at the very worst; the noisy fixtures, whose
/// errors do not all add up, must stay within 2e-4.
#[test]
fn planes_are_the_inverse_dct_of_the_coefficients() {
    for (name, bytes) in data("jpeg") {
        if !name.ends_with(".jpg") || lacks_luma(&name) {
            continue;
        }
        let decoded = read_all(&bytes);
        let (coefficients, planes) = (decoded.coefficients.unwrap(), decoded.planes.unwrap());
        let (width, height) = (planes.y.width, planes.y.height);
        assert_eq!((width as u32, height as u32), decoded.luma.dimensions(), "{name}");
        assert_eq!(planes.y.samples.len(), width * height, "{name}");
        for y in 0..height {
            for x in 0..width {
                let found = f64::from(planes.y.samples[y * width + x]);
                let exact = inverse_dct(&coefficients, x, y);
                assert!((found - exact).abs() < 2e-4, "{name} at {x} {y}: {found} {exact}");
            }
        }
    }
}

/// libjpeg's integer transform is within one level of the exact one, so of the rounded and clamped planes, too.
#[test]
fn planes_are_the_stored_components_before_rounding() {
    for (name, bytes) in data("jpeg") {
        if !name.ends_with(".jpg") || lacks_luma(&name) {
            continue;
        }
        let planes = read_all(&bytes).planes.unwrap();
        assert_eq!(planes.grid, (0, 0));
        assert_eq!(planes.chroma.is_none(), is_grey(&name), "{name}");
        let raw = decompress_raw(&bytes).unwrap();
        let all: Vec<&Plane> = std::iter::once(&planes.y)
            .chain(planes.chroma.iter().flatten())
            .collect();
        assert_eq!(all.len(), raw.num_components);
        for (place, plane) in all.into_iter().enumerate() {
            assert!(plane.width <= raw.plane_widths[place] && plane.height <= raw.plane_heights[place]);
            for (y, row) in plane.samples.chunks_exact(plane.width).enumerate() {
                let stored = &raw.planes[place][y * raw.plane_widths[place]..];
                for (sample, stored) in row.iter().zip(stored) {
                    let rounded = sample.round().clamp(0.0, 255.0);
                    assert!(
                        (rounded - f32::from(*stored)).abs() <= 1.0,
                        "{name}: {sample} {stored}"
                    );
                }
            }
        }
        let (width, height) = (planes.y.width, planes.y.height);
        if let Some([blue, red]) = &planes.chroma {
            let (across, down) = match name
                .split('_')
                .find(|part| part.len() == 3 && part.starts_with('4'))
            {
                Some("444") => (1, 1),
                Some("422") => (2, 1),
                Some("440") => (1, 2),
                Some("411") => (4, 1),
                _ => (2, 2),
            };
            for plane in [blue, red] {
                let expected = (width.div_ceil(across), height.div_ceil(down));
                assert_eq!((plane.width, plane.height), expected, "{name}");
            }
        }
    }
}

/// The same picture, sequential and progressive, Huffman and arithmetic, has the same coefficients.
#[test]
fn coefficients_do_not_depend_on_their_coding() {
    use libjpeg_turbo_rs::{
        PixelFormat, Subsampling, compress, compress_arithmetic, compress_arithmetic_progressive,
        compress_progressive,
    };
    let (width, height) = (45, 27);
    let samples: Vec<u8> = (0..width * height * 3)
        .map(|i| (i * i / 7 + i * 31) as u8)
        .collect();
    let encoders = [
        compress,
        compress_progressive,
        compress_arithmetic,
        compress_arithmetic_progressive,
    ];
    let all = encoders.map(|encode| {
        let bytes = encode(&samples, width, height, PixelFormat::Rgb, 80, Subsampling::S420).unwrap();
        let decoded = read_all(&bytes);
        (decoded.planes, decoded.coefficients.unwrap())
    });
    assert_eq!((all[0].1.blocks_across(), all[0].1.blocks_down()), (6, 4));
    for other in &all[1..] {
        assert!(*other == all[0]);
    }
}

/// The zigzag order and the table's place: one block whose picture is a single wave.
#[test]
fn coefficients_are_in_natural_order() {
    use libjpeg_turbo_rs::{PixelFormat, Subsampling, compress};
    let wave = |place: u32, frequency: u32| {
        (std::f64::consts::PI * f64::from((2 * place + 1) * frequency) / 16.0).cos()
    };
    for (down, across) in [(0, 3), (2, 1), (5, 0), (7, 6)] {
        let picture = GrayImage::from_fn(8, 8, |x, y| {
            image::Luma([(128.0 + 100.0 * wave(y, down) * wave(x, across)).round() as u8])
        });
        let bytes = compress(
            picture.as_raw(),
            8,
            8,
            PixelFormat::Grayscale,
            90,
            Subsampling::S444,
        )
        .unwrap();
        let found = read_all(&bytes).coefficients.unwrap();
        let strongest = (0..64).max_by_key(|i| found.values[*i].unsigned_abs() * found.table[*i]);
        assert_eq!(strongest, Some((8 * down + across) as usize));
        // Annex K's first row begins 16, 11, 10 and its first column 16, 12, 14; at quality 90 a fifth of that.
        assert_eq!(
            (found.table[1], found.table[2], found.table[8], found.table[16]),
            (2, 2, 2, 3)
        );
    }
}

#[test]
fn a_jpeg_without_luma_has_planes_from_its_pixels() {
    for name in ["rgb_q85", "cmyk_q85", "ycck_q85"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../data/jpeg/{name}.jpg"));
        let decoded = read_all(&fs::read(path).unwrap());
        assert_eq!(decoded.coefficients, None, "{name}");
        check_planes_of_pixels(&decoded);
    }
}

/// Within half a unit in the last place of 255: the conversion is in double precision.
fn check_planes_of_pixels(decoded: &Decoded) {
    let (planes, rgb) = (decoded.planes.as_ref().unwrap(), decoded.rgb.as_ref().unwrap());
    let [blue, red] = planes.chroma.as_ref().unwrap();
    for (i, pixel) in rgb.pixels().enumerate() {
        let [r, g, b] = pixel.0.map(f64::from);
        let y = 0.299 * r + 0.587 * g + 0.114 * b;
        let expected = [y, 128.0 + (b - y) / 1.772, 128.0 + (r - y) / 1.402];
        for (plane, expected) in [&planes.y, blue, red].into_iter().zip(expected) {
            assert!((f64::from(plane.samples[i]) - expected).abs() < 1e-5);
        }
    }
    assert_eq!(planes.y.samples.len(), rgb.pixels().len());
}

#[test]
fn other_formats_give_their_own_colours_and_planes_from_them() {
    for (format, bytes) in encoded_colours() {
        let decoded = read_all(&bytes);
        assert!(decoded.rgb.as_ref() == Some(&colours()), "{format}");
        check_planes_of_pixels(&decoded);
        assert_eq!(decoded.coefficients, None);
    }
}

#[test]
fn grey_stays_exactly_grey() {
    let ramp = GrayImage::from_fn(16, 16, |x, y| image::Luma([(16 * y + x) as u8]));
    let stored_grey = read_all(&encode(&DynamicImage::from(ramp.clone()), ImageFormat::Png));
    let planes = stored_grey.planes.unwrap();
    assert!(planes.chroma.is_none() && stored_grey.rgb.is_none());
    let exact: Vec<f32> = (0..=255u8).map(f32::from).collect();
    assert_eq!(planes.y.samples, exact);
    let stored_colour = read_all(&encode(
        &DynamicImage::from(DynamicImage::from(ramp).to_rgb8()),
        ImageFormat::Png,
    ));
    let planes = stored_colour.planes.unwrap();
    assert_eq!(planes.y.samples, exact);
    for plane in planes.chroma.unwrap() {
        assert_eq!(plane.samples, [128.0; 256]);
    }
}
