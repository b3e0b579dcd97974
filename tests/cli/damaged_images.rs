//! Images that are cut short, forged or without a spectrum: each gets a record, and its neighbours are judged.

use std::fs;
use std::io::Cursor;

use image::{DynamicImage, GrayImage, ImageFormat, Luma, RgbImage};

use crate::support::{dftective, fixture, records};

/// A name and its bytes.
type Named = (String, Vec<u8>);

/// Scores `files` in the order of their names between two pictures that are in order, which must be judged;
/// returns the errors.
fn errors(files: &[Named]) -> Vec<String> {
    let fixture = fixture();
    let root = tempfile::tempdir().unwrap();
    fs::copy(fixture.picture("real", 0), root.path().join("000.jpg")).unwrap();
    fs::copy(fixture.picture("fake", 0), root.path().join("zzz.jpg")).unwrap();
    for (name, bytes) in files {
        fs::write(root.path().join(name), bytes).unwrap();
    }
    let run = dftective!["score", root.path(), "--model", fixture.detector()].exits(1);
    let mut found = records(&run.stdout);
    assert_eq!(found.len(), files.len() + 2);
    let (last, first) = (found.pop().unwrap(), found.remove(0));
    assert!(first.verdict.is_some() && last.verdict.is_some());
    for (record, (name, _)) in found.iter().zip(files) {
        assert!(record.path.ends_with(name), "{record:?}");
    }
    found.into_iter().map(|record| record.error).collect()
}

/// The same picture of noise in a format.
fn encoded(format: ImageFormat) -> Vec<u8> {
    let noise = |x: u32, y: u32| (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503) >> 3) as u8;
    let picture = RgbImage::from_fn(64, 64, |x, y| [noise(x, y), noise(y, x), noise(x + y, y)].into());
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::from(picture).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

const FORMATS: [(ImageFormat, &str); 6] = [
    (ImageFormat::Bmp, "bmp"),
    (ImageFormat::Gif, "gif"),
    (ImageFormat::Jpeg, "jpg"),
    (ImageFormat::Png, "png"),
    (ImageFormat::Tiff, "tiff"),
    (ImageFormat::WebP, "webp"),
];

#[test]
fn files_cut_short() {
    for divisor in [2, 4, 20] {
        let files = FORMATS.map(|(format, name)| {
            let bytes = encoded(format);
            (format!("cut.{name}"), bytes[..bytes.len() / divisor].to_vec())
        });
        for ((name, _), error) in files.iter().zip(errors(&files)) {
            let causes = ["truncated", "corrupt", "not an image"];
            assert!(
                causes.iter().any(|cause| error.starts_with(cause)),
                "{name}: {error:?}"
            );
        }
    }
}

#[test]
fn files_without_an_image() {
    let text = b"Dear Sir or Madam,\n".to_vec();
    let found = errors(&[
        ("empty.jpg".to_owned(), Vec::new()),
        ("letter.png".to_owned(), text),
        ("zeros.webp".to_owned(), vec![0; 4096]),
    ]);
    assert_eq!(found[0], "empty file");
    assert_eq!(found[1], "not an image: starts with the text \"Dear Sir or \"");
    assert!(found[2].starts_with("not an image"), "{}", found[2]);
}

/// CRC-32 of a PNG chunk, bit by bit.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            crc >> 1 ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

/// Headers that announce 50,000 × 50,000 pixels, ten gigabytes of them.
#[test]
fn headers_that_promise_too_much() {
    let mut bmp = encoded(ImageFormat::Bmp);
    for at in [18, 22] {
        bmp[at..at + 4].copy_from_slice(&50_000_u32.to_le_bytes());
    }
    let mut jpeg = encoded(ImageFormat::Jpeg);
    // Baseline frame header: marker, length, precision, height, width.
    let frame = jpeg.windows(2).position(|marker| marker == [0xFF, 0xC0]).unwrap();
    for at in [frame + 5, frame + 7] {
        jpeg[at..at + 2].copy_from_slice(&50_000_u16.to_be_bytes());
    }
    let mut png = encoded(ImageFormat::Png);
    for at in [16, 20] {
        png[at..at + 4].copy_from_slice(&50_000_u32.to_be_bytes());
    }
    let sum = crc(&png[12..29]);
    png[29..33].copy_from_slice(&sum.to_be_bytes());
    let files =
        [("1.bmp", bmp), ("2.jpg", jpeg), ("3.png", png)].map(|(name, bytes)| (name.to_owned(), bytes));
    assert_eq!(
        errors(&files),
        ["too many pixels: 50000 x 50000, limit 67108864"; 3]
    );
}

fn png(picture: GrayImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

#[test]
fn images_without_a_spectrum() {
    let tiny = png(GrayImage::from_fn(2, 2, |x, y| Luma([(x * 90 + y * 40) as u8])));
    let flat = png(GrayImage::from_pixel(64, 64, Luma([128])));
    let found = errors(&[("flat.png".to_owned(), flat), ("tiny.png".to_owned(), tiny)]);
    assert!(
        found[0].starts_with("constant image: every pixel has the same colour"),
        "{}",
        found[0]
    );
    assert!(
        found[1].starts_with("image too small for the recipe: 2x2 pixels"),
        "{}",
        found[1]
    );
}

#[test]
fn images_over_the_limit_that_was_asked_for() {
    let fixture = fixture();
    let small = dftective![
        "score",
        fixture.data(),
        "--model",
        fixture.detector(),
        "--max-pixels",
        "4095"
    ]
    .exits(1);
    for record in records(&small.stdout) {
        assert_eq!(record.error, "too many pixels: 64 x 64, limit 4095");
    }
    dftective![
        "score",
        fixture.data(),
        "--model",
        fixture.detector(),
        "--max-pixels",
        "4096"
    ]
    .exits(0);
}

#[test]
fn another_format_than_the_name_says_is_judged_and_noted() {
    let fixture = fixture();
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("photo.jpg");
    fs::write(&path, encoded(ImageFormat::Png)).unwrap();
    let found = records(
        &dftective!["score", path, "--model", fixture.detector()]
            .exits(0)
            .stdout,
    );
    assert!(found[0].notes.contains("no training image was png"), "{found:?}");
    assert!(found[0].notes.contains("jpg"), "{found:?}");
}
