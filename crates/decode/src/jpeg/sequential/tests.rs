//! This reader against the other, and against a port of libjpeg-turbo.

use std::fs;
use std::path::Path;

use libjpeg_turbo_rs::{DctMethod, Decoder, Encoder, PixelFormat, Subsampling};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::super::picture::{Picture, Wanted};
use super::super::{scans, stream};
use super::decode;
use crate::Limits;

/// What this reader finds, and what the other does; `None` where either refuses.
fn both(bytes: &[u8]) -> [Option<Picture>; 2] {
    let Ok(stream) = stream::parse(bytes, &Limits::default()) else {
        return [None, None];
    };
    let all = stream.frame.components.len();
    let wanted = Wanted {
        samples: all,
        coefficients: all,
    };
    [decode(&stream, wanted), scans::decode(&stream, wanted).ok()]
}

/// The first component's samples as the library finds them.
fn library(bytes: &[u8]) -> Vec<u8> {
    let mut decoder = Decoder::new(bytes).unwrap();
    decoder.set_lenient(false);
    decoder.set_dct_method(DctMethod::IsLow);
    let raw = decoder.decode_raw().unwrap();
    let rows = raw.planes[0].chunks_exact(raw.plane_widths[0]).take(raw.height);
    rows.flat_map(|row| &row[..raw.width]).copied().collect()
}

/// Whether this reader answers; panics if it answers other than the other one.
fn agrees(bytes: &[u8], name: &str) -> bool {
    let [found, expected] = both(bytes);
    let Some(found) = found else { return false };
    let expected = expected.unwrap_or_else(|| panic!("{name}: the other reader refuses"));
    assert!(found.samples == expected.samples, "{name}: other samples");
    assert!(
        found.coefficients == expected.coefficients,
        "{name}: other coefficients"
    );
    assert!(!expected.surplus, "{name}: surplus bytes");
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
fn ordinary_files_are_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/jpeg");
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.extension().is_some_and(|extension| extension == "jpg") {
            let ordinary = !name.contains("progressive");
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
        let samples = both(&bytes).map(|found| found.unwrap().samples.swap_remove(0));
        assert!(samples[0] == library(&bytes), "{name}: other than the library's");
    }
}

/// Any byte of the file, header included, may change, vanish or come twice.
#[test]
fn damaged_files_are_left_to_the_other_reader_or_equal_its_answer() {
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
