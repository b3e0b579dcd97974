//! This reader against the decoding library.

use std::fs;
use std::path::Path;

use libjpeg_turbo_rs::{Encoder, PixelFormat, Subsampling};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::super::{coefficients, pixels, stream};
use super::{Picture, decode};
use crate::{Channels, Coefficients, DecodeError, Limits};

/// What this reader finds, with all coefficients; `None` also where the structure is refused.
fn own(bytes: &[u8]) -> Option<Picture> {
    let stream = stream::parse(bytes, &Limits::default()).ok()?;
    decode(&stream, stream.frame.components.len())
}

/// What the library finds.
fn library(bytes: &[u8]) -> Result<(Vec<u8>, Option<Vec<Coefficients>>), DecodeError> {
    let limits = Limits::default();
    let stream = stream::parse(bytes, &limits)?;
    match pixels::decode(bytes, &stream.frame, &limits, Channels::default())? {
        pixels::Samples::Luma { luma, stored_rgb, .. } => {
            assert!(!stored_rgb);
            Ok((luma, coefficients::by_library(bytes, &stream).ok()))
        }
        pixels::Samples::Cmyk(_) => panic!("this reader takes no four components"),
    }
}

/// Whether this reader answers; panics if it answers other than the library.
fn agrees(bytes: &[u8], name: &str) -> bool {
    let Some(picture) = own(bytes) else {
        return false;
    };
    let (luma, coefficients) = library(bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(picture.luma == luma, "{name}: other samples");
    if let Some(coefficients) = coefficients {
        assert!(picture.coefficients == coefficients, "{name}: other coefficients");
    }
    true
}

/// Waves and noise in colour, rough enough that long codes and long blocks come up.
fn scene(rng: &mut ChaCha8Rng, width: usize, height: usize, noise: f64) -> Vec<u8> {
    let phase: [f64; 3] = std::array::from_fn(|_| rng.gen_range(0.0..6.0));
    let mut samples = Vec::with_capacity(width * height * 3);
    for y in 0..height {
        for x in 0..width {
            for phase in phase {
                let wave = (0.07 * (1.0 + phase) * x as f64 + phase).sin() * (0.05 * y as f64 + phase).cos();
                samples.push((128.0 + 100.0 * wave + noise * rng.gen_range(-1.0..1.0)) as u8);
            }
        }
    }
    samples
}

fn encode(rng: &mut ChaCha8Rng, width: usize, height: usize) -> (String, Vec<u8>) {
    let subsampling = [
        Subsampling::S444,
        Subsampling::S422,
        Subsampling::S420,
        Subsampling::S440,
        Subsampling::S411,
    ][rng.gen_range(0..5)];
    let noise = [0.0, 2.0, 20.0, 100.0][rng.gen_range(0..4)];
    let (quality, restart, optimised, grey) = (
        rng.gen_range(1..=100),
        rng.gen_range(0..4),
        rng.r#gen(),
        rng.r#gen(),
    );
    let samples = scene(rng, width, height, noise);
    let encoder = Encoder::new(&samples, width, height, PixelFormat::Rgb)
        .quality(quality)
        .subsampling(subsampling)
        .optimize_huffman(optimised)
        .grayscale_from_color(grey)
        .restart_blocks(restart * 3);
    let name = format!("{width}x{height} {subsampling:?} q{quality} noise {noise} grey {grey} {restart}");
    (name, encoder.encode().unwrap())
}

#[test]
fn ordinary_files_are_read_and_equal_the_librarys() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/jpeg");
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.extension().is_some_and(|extension| extension == "jpg") {
            let ordinary = !["progressive", "rgb", "cmyk", "ycck"]
                .iter()
                .any(|kind| name.contains(kind));
            assert_eq!(agrees(&fs::read(&path).unwrap(), name), ordinary, "{name}");
            count += 1;
        }
    }
    assert_eq!(count, 23);
}

#[test]
fn every_size_sampling_and_quality_equals_the_librarys() {
    let mut rng = ChaCha8Rng::seed_from_u64(41);
    for (width, height) in (1..=24)
        .map(|side| (side, 25 - side))
        .cycle()
        .take(120)
        .chain([(160, 96), (333, 70)])
    {
        let (name, bytes) = encode(&mut rng, width, height);
        assert!(agrees(&bytes, &name), "{name}: not read");
    }
}

/// Any byte of the file, header included, may change, vanish or come twice.
#[test]
fn damaged_files_are_left_to_the_library_or_equal_its_answer() {
    let mut rng = ChaCha8Rng::seed_from_u64(42);
    let (mut read, mut refused) = (0, 0);
    for _ in 0..60 {
        let (width, height) = (rng.gen_range(1..60), rng.gen_range(1..60));
        let (name, bytes) = encode(&mut rng, width, height);
        for _ in 0..60 {
            let mut bytes = bytes.clone();
            // Often within the compressed data, of which small files have little.
            let start = if rng.r#gen() { bytes.len() / 2 } else { 2 };
            for _ in 0..rng.gen_range(1..4) {
                let at = rng.gen_range(start.min(bytes.len() - 3)..bytes.len() - 2);
                match rng.gen_range(0..6) {
                    0 => drop(bytes.remove(at)),
                    1 => bytes.insert(at, rng.r#gen()),
                    2 => bytes.truncate(at.max(start + 3)),
                    3 => bytes[at] = 0xFF,
                    4 => bytes[at] ^= 1 << rng.gen_range(0..8),
                    _ => bytes[at] = rng.r#gen(),
                }
            }
            if agrees(&bytes, &name) {
                read += 1;
            } else {
                refused += 1;
            }
        }
    }
    assert!(read > 500 && refused > 500, "{read} read, {refused} left");
}

/// Scans of one component each, put together from grey pictures of the sizes that chroma of half the width and height has.
#[test]
fn each_component_may_have_a_scan_of_its_own() {
    let mut rng = ChaCha8Rng::seed_from_u64(43);
    let mut grey = |width: usize, height: usize| {
        let samples = scene(&mut rng, width, height, 10.0);
        Encoder::new(&samples, width, height, PixelFormat::Rgb)
            .quality(70)
            .grayscale_from_color(true)
            .sampling_factors(vec![(1, 1)])
            .restart_blocks(4)
            .encode()
            .unwrap()
    };
    let pictures = [grey(45, 37), grey(23, 19), grey(23, 19)];
    let after = |bytes: &[u8], code: u8| bytes.windows(2).position(|pair| pair == [0xFF, code]).unwrap();
    let mut bytes = pictures[0][..after(&pictures[0], 0xDA)].to_vec();
    let frame = after(&bytes, 0xC0);
    bytes.splice(frame + 2..frame + 4, [0, 17]);
    bytes.splice(frame + 9..frame + 13, [3, 1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0]);
    for place in [2, 0, 1] {
        let picture = &pictures[place];
        let mut scan = picture[after(picture, 0xDA)..picture.len() - 2].to_vec();
        scan[5] = place as u8 + 1;
        bytes.extend(scan);
    }
    bytes.extend([0xFF, 0xD9]);
    assert!(agrees(&bytes, "apart"));
    let found = own(&bytes).unwrap();
    for (found, picture) in found.coefficients.iter().zip(&pictures) {
        assert_eq!(found, &own(picture).unwrap().coefficients[0]);
    }
}
