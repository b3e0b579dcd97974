use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

use super::channels::ALL;
use super::*;
use crate::decode_channels;

#[test]
fn a_cut_file_is_an_error_or_has_all_its_pixels() {
    let encoded = encoded_colours()
        .into_iter()
        .map(|(format, bytes)| (format.to_string(), bytes));
    for (name, bytes) in encoded.chain(data("raster")).chain(super::tiff::files()) {
        let Ok(whole) = read(&bytes) else {
            // The one that is refused.
            assert_eq!(name, "float.tiff");
            continue;
        };
        for length in 0..bytes.len() {
            match read(&bytes[..length]) {
                Ok(decoded) => assert!(decoded.luma == whole.luma, "{name} cut at {length}: other pixels"),
                Err(DecodeError::Panicked { cause, .. }) => panic!("{name} cut at {length}: {cause}"),
                Err(_) => {}
            }
        }
        // Half a file of many pictures may hold the whole first.
        if !name.starts_with("animated") && !name.starts_with("pages") {
            assert!(read(&bytes[..bytes.len() / 2]).is_err(), "{name}: half a file");
        }
    }
}

/// CRC-32 of a PNG chunk, bit by bit.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            crc >> 1 ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

/// `bytes` with its header changed to a picture of 50,000 × 50,000, or the most its fields can hold.
fn bomb(format: Format, mut bytes: Vec<u8>) -> Vec<u8> {
    let mut put = |at: usize, field: &[u8]| bytes[at..at + field.len()].copy_from_slice(field);
    let (big, short) = (50_000u32, 50_000u16);
    match format {
        Format::Png => {
            put(16, &big.to_be_bytes());
            put(20, &big.to_be_bytes());
            let sum = crc(&bytes[12..29]);
            bytes[29..33].copy_from_slice(&sum.to_be_bytes());
        }
        // Lossless header after its signature byte: width - 1 and height - 1 in 14 bits each.
        Format::WebP => put(21, &(16_382u32 << 14 | 16_382).to_le_bytes()),
        Format::Tiff => {
            let directory = u32::from_le_bytes(bytes[4..8].try_into().unwrap()) as usize;
            let entries = usize::from(u16::from_le_bytes([bytes[directory], bytes[directory + 1]]));
            for entry in bytes[directory + 2..].chunks_exact_mut(12).take(entries) {
                // Width, height and rows a strip, as 32-bit numbers (type 4).
                if matches!(u16::from_le_bytes([entry[0], entry[1]]), 256 | 257 | 278) {
                    entry[2..4].copy_from_slice(&4u16.to_le_bytes());
                    entry[8..12].copy_from_slice(&big.to_le_bytes());
                }
            }
        }
        Format::Bmp => [18, 22].into_iter().for_each(|at| put(at, &big.to_le_bytes())),
        Format::Gif => [6, 8].into_iter().for_each(|at| put(at, &short.to_le_bytes())),
        Format::Pnm => return b"P6 50000 50000 255\n".to_vec(),
        Format::Tga => [12, 14].into_iter().for_each(|at| put(at, &short.to_le_bytes())),
        Format::Qoi => [4, 8].into_iter().for_each(|at| put(at, &big.to_be_bytes())),
        // The picture inside is a PNG behind a header of 6 and one entry of 16 bytes.
        Format::Ico => {
            let inner = bomb(Format::Png, bytes.split_off(22));
            bytes.extend(inner);
        }
        Format::Jpeg => {}
    }
    bytes
}

#[test]
fn a_header_bomb_is_refused_by_its_size() {
    for (format, bytes) in encoded_colours() {
        let message = read(&bomb(format, bytes)).unwrap_err().to_string();
        let side = if format == Format::WebP { 16383 } else { 50000 };
        assert_eq!(
            message,
            format!("too many pixels: {side} x {side}, limit 67108864"),
            "{format}"
        );
    }
}

#[test]
fn a_picture_without_pixels_is_an_error() {
    for bytes in [
        &b"P5 0 5 255\n"[..],
        b"P5 5 0 255\n",
        b"qoif\0\0\0\0\0\0\0\x05\x03\0\0\0\0\0\0\0\0\x01",
    ] {
        assert!(read(bytes).is_err(), "{bytes:?}");
    }
}

proptest! {
    #![proptest_config(Config { cases: 400, rng_seed: RngSeed::Fixed(11), failure_persistence: None, ..Config::default() })]

    #[test]
    fn changed_bytes_never_panic(
        choice in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut files = data("jpeg");
        files.retain(|(name, _)| name.ends_with(".jpg"));
        files.extend(data("raster"));
        files.extend(super::tiff::files());
        files.extend(encoded_colours().into_iter().map(|(format, bytes)| (format.to_string(), bytes)));
        let (name, mut bytes) = files.swap_remove(choice.index(files.len()));
        for (place, value) in changes {
            let at = place.index(bytes.len());
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let limits = Limits { max_pixels: 1 << 20, ..Limits::default() };
        let plain = decode(&bytes, &limits);
        // Whatever else is wanted, luma is the same, and what cannot be had is an error.
        match decode_channels(&bytes, &limits, ALL) {
            Ok(decoded) => {
                let luma = plain.as_ref().map(|decoded| &decoded.luma);
                prop_assert!(luma.is_ok_and(|luma| *luma == decoded.luma), "{}: other luma", name);
                let planes = decoded.planes.map(|planes| (planes.y.width as u32, planes.y.height as u32));
                prop_assert_eq!(planes, Some(decoded.luma.dimensions()));
            }
            Err(DecodeError::Panicked { cause, .. }) => prop_assert!(false, "{}: {}", name, cause),
            Err(error) => prop_assert!(!error.to_string().contains('\n')),
        }
        match plain {
            Ok(decoded) => {
                let source = decoded.source;
                prop_assert_eq!(decoded.luma.dimensions(), (source.width, source.height));
            }
            Err(DecodeError::Panicked { cause, .. }) => prop_assert!(false, "{}: {}", name, cause),
            Err(error) => prop_assert!(!error.to_string().contains('\n')),
        }
    }
}
