//! BMP compressed by run lengths, and pixels that the runs skip.

use super::*;
use crate::Remark;

const WIDTH: u32 = 7;
const HEIGHT: u32 = 4;

/// A BMP of 7 × 4 pixels with greys as its palette, level 10 · place + 5, from the bottom up.
fn file(bits: u8, runs: &[u8]) -> Vec<u8> {
    let colours = 1u32 << bits;
    let start = 54 + 4 * colours;
    let mut bytes = b"BM".to_vec();
    bytes.extend((start + runs.len() as u32).to_le_bytes());
    bytes.extend([0; 4]);
    for number in [start, 40, WIDTH, HEIGHT] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.extend([1, 0, bits, 0]);
    let method: u32 = if bits == 8 { 1 } else { 2 };
    for number in [method, runs.len() as u32, 0, 0, colours, 0] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.extend((0..colours).flat_map(|place| {
        let level = (10 * place + 5) as u8;
        [level, level, level, 0]
    }));
    bytes.extend(runs);
    bytes
}

/// Pixels from the bottom up, `.` for one that is not in the file.
fn check(bits: u8, runs: &[u8], rows: [&str; 4]) {
    let decoded = read(&file(bits, runs)).unwrap();
    let skipped = rows.concat().matches('.').count() as u64;
    let remarks = if skipped > 0 {
        vec![Remark::PixelsSkipped(skipped)]
    } else {
        vec![]
    };
    assert_eq!(decoded.source.remarks, remarks, "{rows:?}");
    for (row, text) in rows.iter().enumerate() {
        for (x, place) in text.chars().enumerate() {
            let level = place.to_digit(10).map_or(0, |place| 10 * place + 5);
            let pixel = decoded.luma.get_pixel(x as u32, HEIGHT - 1 - row as u32);
            assert_eq!(u32::from(pixel.0[0]), level, "{rows:?}");
        }
    }
}

#[test]
fn whole_pictures_have_no_remark() {
    let row = [7, 3, 0, 0];
    check(
        8,
        &[row, row, row, [7, 4, 0, 1]].concat(),
        ["3333333", "3333333", "3333333", "4444444"],
    );
    // A literal run, padded to two bytes; a run longer than the row is cut.
    check(
        8,
        &[
            0, 5, 1, 2, 3, 4, 5, 0, 9, 6, 0, 0, 7, 1, 0, 0, 7, 1, 0, 0, 7, 1, 0, 1,
        ],
        ["1234566", "1111111", "1111111", "1111111"],
    );
    // Two places a byte, in turn.
    check(
        4,
        &[
            7, 0x12, 0, 0, 0, 7, 0x12, 0x34, 0x56, 0x70, 0, 0, 7, 0x33, 0, 0, 7, 0x44, 0, 1,
        ],
        ["1212121", "1234567", "3333333", "4444444"],
    );
}

#[test]
fn skipped_pixels_are_counted() {
    // The end after one row and a half.
    check(
        8,
        &[7, 3, 0, 0, 4, 2, 0, 1],
        ["3333333", "2222...", ".......", "......."],
    );
    // A row ends early, and a jump right and up.
    check(
        8,
        &[3, 1, 0, 0, 2, 2, 0, 2, 2, 1, 3, 3, 0, 0, 7, 4, 0, 1],
        ["111....", "22.....", "....333", "4444444"],
    );
    check(
        4,
        &[5, 0x11, 0, 0, 0, 2, 1, 0, 6, 0x22, 0, 0, 0, 0, 0, 1],
        ["11111..", ".222222", ".......", "......."],
    );
}

#[test]
fn runs_that_end_without_an_end_are_an_error() {
    let error = read(&file(8, &[7, 3, 0, 0, 4, 2])).unwrap_err();
    assert!(matches!(error, DecodeError::Truncated { .. }), "{error}");
}

#[test]
fn filled_reserved_words_do_no_harm() {
    let mut bytes = encode(&DynamicImage::from(colours()), ImageFormat::Bmp);
    let plain = read(&bytes).unwrap();
    bytes[6..10].copy_from_slice(b"name");
    assert_eq!(read(&bytes).unwrap(), plain);
}
