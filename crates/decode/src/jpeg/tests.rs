use std::fs;
use std::path::{Path, PathBuf};

use image::GrayImage;

use super::Subsampling;
use crate::{DecodeError, Decoded, JpegDamage, Limits, Remark, decode};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/jpeg")
}

/// Name, bytes and OpenCV's grey pixels of every fixture.
fn fixtures() -> Vec<(String, Vec<u8>, GrayImage)> {
    let mut fixtures = Vec::new();
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "jpg") {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let grey = image::open(path.with_extension("png")).unwrap().into_luma8();
            fixtures.push((name, fs::read(path).unwrap(), grey));
        }
    }
    assert_eq!(fixtures.len(), 23);
    fixtures
}

fn fixture(name: &str) -> Vec<u8> {
    fs::read(folder().join(format!("{name}.jpg"))).unwrap()
}

fn read(bytes: &[u8]) -> Result<Decoded, DecodeError> {
    decode(bytes, &Limits::default())
}

/// Place of the first byte after the marker `FF code`.
fn after_marker(bytes: &[u8], code: u8) -> usize {
    bytes.windows(2).position(|pair| pair == [0xFF, code]).unwrap() + 2
}

#[test]
fn pixels_are_those_of_opencv() {
    for (name, bytes, grey) in fixtures() {
        let decoded = read(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(decoded.luma == grey, "{name}: other pixels");
        assert_eq!(
            (decoded.source.width, decoded.source.height),
            grey.dimensions(),
            "{name}"
        );
    }
}

#[test]
fn coding_facts_are_those_the_fixture_was_made_with() {
    for (name, bytes, _) in fixtures() {
        let source = read(&bytes).unwrap().source;
        let info = source.jpeg.unwrap();
        let quality: u8 = name.rsplit_once("_q").unwrap().1.parse().unwrap();
        assert_eq!(info.quality, Some(quality), "{name}");
        assert_eq!(info.progressive, name.contains("progressive"), "{name}");
        let subsampling = ["420", "422", "440", "411"]
            .into_iter()
            .find(|digits| name.contains(digits));
        match (subsampling, info.subsampling) {
            (Some(digits), Some(found)) => assert_eq!(found.to_string().replace(':', ""), digits, "{name}"),
            (None, Some(Subsampling::S420)) => {
                assert!(["oriented", "junk", "restart"].iter().any(|s| name.contains(s)))
            }
            (None, Some(Subsampling::S444)) => {
                assert!(["444", "rgb", "cmyk", "ycck"].iter().any(|s| name.contains(s)))
            }
            (None, None) => assert!(name.contains("grey"), "{name}"),
            other => panic!("{name}: {other:?}"),
        }
        let remarks = match name.split('_').next().unwrap() {
            "rgb" => vec![Remark::RgbJpeg],
            "cmyk" | "ycck" => vec![Remark::CmykConverted],
            "oriented" => vec![Remark::OrientationNotApplied(6)],
            _ => vec![],
        };
        assert_eq!(source.remarks, remarks, "{name}");
    }
}

#[test]
fn a_cut_file_is_an_error_with_or_without_an_end_marker() {
    for (name, bytes, grey) in fixtures() {
        for length in 0..bytes.len() {
            let cut = &bytes[..length];
            let closed = [cut, &[0xFF, 0xD9]].concat();
            for (kind, result) in [("cut", read(cut)), ("closed", read(&closed))] {
                match result {
                    Ok(decoded) => assert!(decoded.luma == grey, "{name} {kind} at {length}: other pixels"),
                    Err(DecodeError::Panicked { cause, .. }) => panic!("{name} {kind} at {length}: {cause}"),
                    Err(_) => {}
                }
            }
        }
    }
}

#[test]
fn a_missing_end_marker_is_a_truncation() {
    let bytes = fixture("420_q75");
    let error = read(&bytes[..bytes.len() - 2]).unwrap_err();
    assert!(matches!(error, DecodeError::Truncated { .. }), "{error}");
}

#[test]
fn missing_scans_are_a_truncation() {
    // Everything up to the second scan's header is a well-formed file of one scan.
    let bytes = fixture("progressive_grey_q80");
    let first = after_marker(&bytes, 0xDA);
    let second = first + after_marker(&bytes[first..], 0xDA) - 2;
    let closed = [&bytes[..second], &[0xFF, 0xD9]].concat();
    let error = read(&closed).unwrap_err();
    assert_eq!(
        error.to_string(),
        "truncated jpeg: some scans of the picture are missing"
    );
}

#[test]
fn lost_and_swapped_restart_markers_are_errors() {
    for name in ["restart_420_q85", "restart_progressive_q85"] {
        let bytes = fixture(name);
        let places: Vec<usize> = (after_marker(&bytes, 0xDA)..bytes.len() - 1)
            .filter(|at| bytes[*at] == 0xFF && (0xD0..=0xD7).contains(&bytes[at + 1]))
            .collect();
        assert!(places.len() > 8, "{name}");
        for at in places {
            let without = [&bytes[..at], &bytes[at + 2..]].concat();
            assert!(read(&without).is_err(), "{name}: marker at {at} removed");
            let mut renumbered = bytes.clone();
            renumbered[at + 1] ^= 1;
            assert!(read(&renumbered).is_err(), "{name}: marker at {at} renumbered");
        }
    }
}

#[test]
fn stray_bytes_between_segments_are_told_of() {
    let (bytes, at) = (fixture("420_q75"), after_marker(&fixture("420_q75"), 0xDB) - 2);
    let strayed = read(&[&bytes[..at], b"stray", &bytes[at..]].concat()).unwrap();
    assert_eq!(strayed.luma, read(&bytes).unwrap().luma);
    assert_eq!(
        strayed.source.remarks,
        [Remark::DamagedJpeg(JpegDamage::SurplusBytes)]
    );
}

#[test]
fn a_header_bomb_is_refused_by_its_size() {
    let mut bytes = fixture("420_q75");
    let frame = after_marker(&bytes, 0xC0);
    // After the length and precision: height, width.
    bytes[frame + 3..frame + 7].copy_from_slice(&[0xC3, 0x50, 0xC3, 0x50]);
    for bytes in [&bytes[..], &bytes[..frame + 20]] {
        let error = read(bytes).unwrap_err();
        assert_eq!(
            error.to_string(),
            "too many pixels: 50000 x 50000, limit 67108864"
        );
    }
}

#[test]
fn scans_in_the_wrong_order_are_refused() {
    let bytes = fixture("progressive_grey_q80");
    let last = bytes.windows(2).rposition(|pair| pair == [0xFF, 0xDA]).unwrap();
    let twice = [&bytes[..bytes.len() - 2], &bytes[last..]].concat();
    assert_eq!(
        read(&twice).unwrap_err().to_string(),
        "corrupt jpeg: scans that do not follow from each other"
    );
}

#[test]
fn kinds_that_are_not_decoded_say_so() {
    let change = |offset: isize, value: u8| {
        let mut bytes = fixture("grey_q75");
        let at = after_marker(&bytes, 0xC0).checked_add_signed(offset).unwrap();
        bytes[at] = value;
        read(&bytes).unwrap_err().to_string()
    };
    assert_eq!(change(2, 12), "unsupported jpeg: 12-bit samples");
    assert_eq!(change(-1, 0xC3), "unsupported jpeg: lossless coding");
    assert_eq!(change(-1, 0xC5), "unsupported jpeg: hierarchical coding");
    assert_eq!(change(7, 2), "unsupported jpeg: 2 components");
}

#[test]
fn tables_and_markers_that_libjpeg_refuses_are_refused() {
    let change = |offset: usize, value: u8| {
        let mut bytes = fixture("grey_q75");
        let at = after_marker(&bytes, 0xC4) + offset;
        bytes[at] = value;
        read(&bytes).unwrap_err().to_string()
    };
    // The first symbol of the DC table comes after the length, class and 16 counts.
    assert_eq!(change(2 + 1 + 16, 16), "corrupt jpeg: a malformed Huffman table");
    assert_eq!(change(2 + 1, 200), "corrupt jpeg: a malformed Huffman table");
    let mut bytes = fixture("grey_q75");
    let at = after_marker(&bytes, 0xE0) - 1;
    bytes[at] = 0x72;
    assert_eq!(
        read(&bytes).unwrap_err().to_string(),
        "corrupt jpeg: reserved marker 72"
    );
}

#[test]
fn arithmetic_coding_gives_the_pixels_of_huffman_coding() {
    use libjpeg_turbo_rs::{PixelFormat, Subsampling, compress, compress_arithmetic};
    let (width, height) = (45, 27);
    let samples: Vec<u8> = (0..width * height * 3)
        .map(|i| (i * i / 7 + i * 31) as u8)
        .collect();
    let huffman = compress(&samples, width, height, PixelFormat::Rgb, 80, Subsampling::S420).unwrap();
    let arithmetic =
        compress_arithmetic(&samples, width, height, PixelFormat::Rgb, 80, Subsampling::S420).unwrap();
    after_marker(&arithmetic, 0xC9);
    assert_eq!(read(&arithmetic).unwrap(), read(&huffman).unwrap());
}

#[test]
fn every_quality_is_read_back_from_two_encoders() {
    use libjpeg_turbo_rs::{PixelFormat, Subsampling, compress};
    let samples = [128; 64];
    for quality in 1..=100 {
        let turbo = compress(&samples, 8, 8, PixelFormat::Grayscale, quality, Subsampling::S444).unwrap();
        let mut other = Vec::new();
        image::codecs::jpeg::JpegEncoder::new_with_quality(&mut other, quality)
            .encode(&samples, 8, 8, image::ExtendedColorType::L8)
            .unwrap();
        for bytes in [turbo, other] {
            assert_eq!(read(&bytes).unwrap().source.jpeg.unwrap().quality, Some(quality));
        }
    }
}
