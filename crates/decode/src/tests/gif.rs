//! GIF: what is stored and what is not.

use ::gif::{Encoder, Frame};

use super::channels::ALL;
use super::*;
use crate::{Remark, decode_channels};

const PALETTE: [u8; 12] = [10, 20, 30, 200, 100, 50, 0, 255, 0, 255, 255, 255];

fn frame(width: u16, height: u16, left: u16, top: u16) -> Frame<'static> {
    let places: Vec<u8> = (0..usize::from(width) * usize::from(height))
        .map(|i| (i * 7 / 5 % 4) as u8)
        .collect();
    Frame {
        width,
        height,
        left,
        top,
        buffer: places.into(),
        ..Frame::default()
    }
}

fn file(screen: (u16, u16), frames: &[Frame]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, screen.0, screen.1, &PALETTE).unwrap();
    for frame in frames {
        encoder.write_frame(frame).unwrap();
    }
    drop(encoder);
    bytes
}

fn check_pixels(bytes: &[u8], frame: &Frame) -> Vec<Remark> {
    let decoded = decode_channels(bytes, &Limits::default(), ALL).unwrap();
    assert_eq!(
        decoded.luma.dimensions(),
        (frame.width.into(), frame.height.into())
    );
    let rgb = decoded.rgb.unwrap();
    for ((pixel, luma), place) in rgb.pixels().zip(decoded.luma.pixels()).zip(&*frame.buffer) {
        let colour = PALETTE.as_chunks::<3>().0[usize::from(*place)];
        assert_eq!((pixel.0, luma.0), (colour, [grey(colour)]));
    }
    decoded.source.remarks
}

#[test]
fn the_first_image_stands_alone() {
    let whole = frame(12, 9, 0, 0);
    assert_eq!(
        check_pixels(&file((12, 9), std::slice::from_ref(&whole)), &whole),
        []
    );
    let screen = Remark::PartOfScreen { width: 20, height: 9 };
    for left in [0, 3, 8] {
        let part = frame(12, 9, left, 0);
        assert_eq!(
            check_pixels(&file((20, 9), std::slice::from_ref(&part)), &part),
            std::slice::from_ref(&screen)
        );
    }
    let shifted = frame(12, 9, 0, 2);
    let bytes = file((12, 9), &[shifted.clone(), whole.clone()]);
    assert_eq!(
        check_pixels(&bytes, &shifted),
        [
            Remark::FirstFrameOnly,
            Remark::PartOfScreen { width: 12, height: 9 }
        ]
    );
    // Larger than the screen: all of it is in the file.
    assert_eq!(
        check_pixels(&file((5, 5), std::slice::from_ref(&whole)), &whole),
        []
    );
}

#[test]
fn interlaced_rows_are_put_in_order_and_transparency_shows() {
    let plain = frame(12, 21, 0, 0);
    let rows: Vec<&[u8]> = plain.buffer.chunks_exact(12).collect();
    let passes = [(0, 8), (4, 8), (2, 4), (1, 2)];
    let order = passes
        .into_iter()
        .flat_map(|(start, step)| (start..21).step_by(step));
    let interlaced = Frame {
        interlaced: true,
        buffer: order
            .flat_map(|row: usize| rows[row])
            .copied()
            .collect::<Vec<_>>()
            .into(),
        ..plain.clone()
    };
    assert_eq!(check_pixels(&file((12, 21), &[interlaced]), &plain), []);
    for (transparent, remarks) in [(2, vec![Remark::AlphaIgnored]), (9, vec![])] {
        let see_through = Frame {
            transparent: Some(transparent),
            ..plain.clone()
        };
        assert_eq!(check_pixels(&file((12, 21), &[see_through]), &plain), remarks);
    }
}

#[test]
fn pixels_and_colours_that_are_missing_are_errors() {
    // Data for 9 rows, and a descriptor that announces 10.
    let whole = frame(12, 9, 0, 0);
    let mut bytes = file((12, 10), &[whole]);
    let descriptor = bytes
        .windows(5)
        .position(|window| window == [0x2C, 0, 0, 0, 0])
        .unwrap();
    bytes[descriptor + 7] = 10;
    let error = read(&bytes).unwrap_err().to_string();
    assert_eq!(
        error,
        "truncated gif: the first image has fewer pixels than are due"
    );

    let mut outside = frame(12, 9, 0, 0);
    outside.buffer.to_mut()[50] = 4;
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 12, 9, &[PALETTE, PALETTE].concat()).unwrap();
    encoder.write_frame(&outside).unwrap();
    drop(encoder);
    // The size of the global palette, 8 colours, to 4, of which then the last four are gone.
    bytes[10] -= 1;
    bytes.drain(13 + 12..13 + 24);
    let error = read(&bytes).unwrap_err().to_string();
    assert_eq!(error, "corrupt gif: colour 4 of a palette of 4");
}

#[test]
fn sizes_are_bounded() {
    let mut bytes = file((12, 9), &[frame(12, 9, 0, 0)]);
    let descriptor = bytes
        .windows(5)
        .position(|window| window == [0x2C, 0, 0, 0, 0])
        .unwrap();
    bytes[descriptor + 5..descriptor + 9].copy_from_slice(&[0xFF; 4]);
    let error = read(&bytes).unwrap_err().to_string();
    assert_eq!(error, "too many pixels: 65535 x 65535, limit 67108864");
    bytes[descriptor + 5..descriptor + 9].copy_from_slice(&[0, 0, 9, 0]);
    let error = read(&bytes).unwrap_err().to_string();
    assert_eq!(error, "corrupt gif: a picture of 0 x 9 pixels");
}
