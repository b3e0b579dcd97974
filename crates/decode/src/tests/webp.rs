//! WebP files put together from chunks.

use super::channels::ALL;
use super::*;
use crate::{Remark, decode_channels};

const ICC: u8 = 0x20;
const ALPHA: u8 = 0x10;
const EXIF: u8 = 0x08;
const XMP: u8 = 0x04;
const ANIMATION: u8 = 0x02;

type Chunk = (&'static [u8; 4], Vec<u8>);

fn riff(chunks: &[Chunk]) -> Vec<u8> {
    let mut body = b"WEBP".to_vec();
    for (name, content) in chunks {
        body.extend(*name);
        body.extend((content.len() as u32).to_le_bytes());
        body.extend(content);
        if content.len() % 2 == 1 {
            body.push(0);
        }
    }
    [&b"RIFF"[..], &(body.len() as u32).to_le_bytes(), &body].concat()
}

fn sides(width: u32, height: u32) -> Vec<u8> {
    [width - 1, height - 1]
        .iter()
        .flat_map(|side| side.to_le_bytes()[..3].to_vec())
        .collect()
}

/// The extended header.
fn header(flags: u8, width: u32, height: u32) -> Chunk {
    (b"VP8X", [vec![flags, 0, 0, 0], sides(width, height)].concat())
}

/// The one chunk of a simple file.
fn picture_chunk(file: &[u8]) -> Chunk {
    let name = if &file[12..16] == b"VP8L" {
        b"VP8L"
    } else {
        b"VP8 "
    };
    let length = u32::from_le_bytes(file[16..20].try_into().unwrap()) as usize;
    (name, file[20..20 + length].to_vec())
}

/// A picture with colours in every pixel and every degree of transparency.
fn see_through() -> image::RgbaImage {
    image::RgbaImage::from_fn(16, 15, |x, y| {
        let [r, g, b] = colours().get_pixel(x, y).0;
        image::Rgba([r, g, b, (x * 16 + y) as u8])
    })
}

fn lossless() -> Chunk {
    picture_chunk(&encode(&DynamicImage::from(colours()), ImageFormat::WebP))
}

fn lossy() -> (Chunk, Decoded) {
    let file = data("raster")
        .into_iter()
        .find(|(name, _)| name == "lossy.webp")
        .unwrap()
        .1;
    let decoded = decode_channels(&file, &Limits::default(), ALL).unwrap();
    (picture_chunk(&file), decoded)
}

fn frame(x: u32, y: u32, size: (u32, u32), flags: u8, chunks: &[Chunk]) -> Chunk {
    let mut content = Vec::new();
    for half in [x / 2, y / 2] {
        content.extend(&half.to_le_bytes()[..3]);
    }
    content.extend(sides(size.0, size.1));
    content.extend([100, 0, 0, flags]);
    content.extend(&riff(chunks)[12..]);
    (b"ANMF", content)
}

fn animation() -> Chunk {
    (b"ANIM", vec![0, 0, 0, 255, 0, 0])
}

fn check(file: &[u8], remarks: &[Remark]) {
    let decoded = decode_channels(file, &Limits::default(), ALL).unwrap();
    assert_eq!(decoded.rgb, Some(colours()));
    assert!(decoded.luma == grey_of(&colours()));
    assert_eq!(decoded.source.remarks, remarks);
}

#[test]
fn chunks_that_are_announced_and_absent_do_no_harm() {
    for flags in [
        0,
        ICC,
        ALPHA,
        EXIF,
        XMP,
        ANIMATION,
        ICC | ALPHA | EXIF | XMP | ANIMATION,
    ] {
        check(&riff(&[header(flags, 16, 15), lossless()]), &[]);
        let (chunk, expected) = lossy();
        let (width, height) = expected.luma.dimensions();
        let found = decode_channels(
            &riff(&[header(flags, width, height), chunk]),
            &Limits::default(),
            ALL,
        );
        assert_eq!(found.unwrap(), expected);
    }
}

#[test]
fn the_first_picture_of_an_animation_is_as_it_is_stored() {
    let see_through = picture_chunk(&encode(&DynamicImage::from(see_through()), ImageFormat::WebP));
    // Flags: blended with what is below, and not.
    for flags in [0, 2] {
        let first = frame(0, 0, (16, 15), flags, std::slice::from_ref(&see_through));
        let second = frame(0, 0, (16, 15), flags, &[lossless()]);
        let file = riff(&[header(ANIMATION | ALPHA, 16, 15), animation(), first, second]);
        check(&file, &[Remark::FirstFrameOnly, Remark::AlphaIgnored]);
    }
}

#[test]
fn a_part_of_the_screen_stands_alone() {
    for (x, y, screen) in [(0, 0, (17, 15)), (2, 4, (20, 19)), (0, 0, (16, 30))] {
        let first = frame(x, y, (16, 15), 0, &[lossless()]);
        let part = Remark::PartOfScreen {
            width: screen.0,
            height: screen.1,
        };
        let file = riff(&[header(ANIMATION, screen.0, screen.1), animation(), first]);
        check(&file, &[Remark::FirstFrameOnly, part]);
    }
}

/// Alpha beside a lossy picture: method 0 is plain bytes.
#[test]
fn alpha_of_a_lossy_picture_is_seen_and_not_used() {
    let (chunk, expected) = lossy();
    let (width, height) = expected.luma.dimensions();
    for (alpha, remarks) in [(255, vec![]), (40, vec![Remark::AlphaIgnored])] {
        let mut content = vec![0];
        content.resize(1 + (width * height) as usize, alpha);
        let chunks = [
            header(ALPHA, width, height),
            (b"ALPH", content.clone()),
            chunk.clone(),
        ];
        let still = decode_channels(&riff(&chunks), &Limits::default(), ALL).unwrap();
        assert!(still.luma == expected.luma && still.rgb == expected.rgb);
        assert_eq!(still.source.remarks, remarks);
        let first = frame(0, 0, (width, height), 0, &[(b"ALPH", content), chunk.clone()]);
        let moving = riff(&[header(ANIMATION | ALPHA, width, height), animation(), first]);
        let moving = decode_channels(&moving, &Limits::default(), ALL).unwrap();
        assert!(moving.luma == expected.luma && moving.rgb == expected.rgb);
    }
}

#[test]
fn an_orientation_is_found_where_it_is() {
    let exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec();
    let file = riff(&[header(EXIF, 16, 15), lossless(), (b"EXIF", exif)]);
    check(&file, &[Remark::OrientationNotApplied(6)]);
}

#[test]
fn contradictions_and_missing_pictures_are_errors() {
    let refused = |chunks: &[Chunk]| read(&riff(chunks)).unwrap_err();
    let error = refused(&[header(0, 17, 15), lossless()]);
    assert!(matches!(error, DecodeError::Corrupt { .. }), "{error}");
    let error = refused(&[
        header(ANIMATION, 16, 15),
        animation(),
        frame(0, 0, (16, 14), 0, &[lossless()]),
    ]);
    assert!(matches!(error, DecodeError::Corrupt { .. }), "{error}");
    for chunks in [
        vec![header(EXIF, 16, 15)],
        vec![header(ANIMATION, 16, 15), animation()],
        vec![
            header(ANIMATION, 16, 15),
            animation(),
            frame(0, 0, (16, 15), 0, &[]),
        ],
    ] {
        assert_eq!(
            refused(&chunks).to_string(),
            "corrupt webp: no picture where its header says one is"
        );
    }
}

#[test]
fn a_cut_file_is_an_error_or_has_all_its_pixels() {
    let (chunk, expected) = lossy();
    let (width, height) = expected.luma.dimensions();
    let first = frame(0, 0, (width, height), 0, std::slice::from_ref(&chunk));
    for file in [
        riff(&[header(EXIF, width, height), chunk]),
        riff(&[header(ANIMATION, width, height), animation(), first]),
    ] {
        for length in 0..file.len() {
            match read(&file[..length]) {
                Ok(decoded) => assert!(decoded.luma == expected.luma, "cut at {length}"),
                Err(DecodeError::Panicked { cause, .. }) => panic!("cut at {length}: {cause}"),
                Err(_) => {}
            }
        }
    }
}
