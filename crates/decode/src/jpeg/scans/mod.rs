//! A reader of every kind of scan: sequential and progressive, Huffman and arithmetic, interleaved or not.
//!
//! It holds the coefficients of the whole picture, which the scans fill in one after the other, and makes samples of them
//! at the end. [`source`] has the bytes and markers, [`huffman`] with [`bits`] and [`arithmetic`] are the two ways to code,
//! [`blocks`] says in which order blocks come.
//!
//! Of data that are not as they should be it takes what libjpeg-turbo takes, except where that makes up what is missing:
//! that is an error. It finds the bytes that belong to nothing wherever libjpeg-turbo tells of them.

mod arithmetic;
mod bits;
mod blocks;
mod coder;
mod huffman;
mod source;
#[cfg(test)]
mod tests;

use self::arithmetic::Arithmetic;
use self::blocks::{Array, Arrays, Kind, Unit};
use self::coder::Coder;
use self::huffman::Huffman;
use self::source::Source;
use super::frame::Frame;
use super::picture::{Picture, Wanted};
use super::stream::{Scan, Stream};
use super::{coefficients, inverse_dct};
use crate::{Coefficients, DecodeError};

/// Decodes what is `wanted` of a picture.
pub(super) fn decode(stream: &Stream<'_>, wanted: Wanted) -> Result<Picture, DecodeError> {
    let frame = &stream.frame;
    let mut arrays = Arrays::new(frame);
    let (mut surplus, mut passed) = (false, 0);
    for scan in &stream.scans {
        let source = Source::new(scan, stream.length, passed);
        let kind = Kind::of(frame, scan);
        let mut coder: Box<dyn Coder> = match frame.arithmetic {
            true => Box::new(Arithmetic::new(scan, kind, source)),
            false => Box::new(Huffman::new(scan, kind, source)?),
        };
        let told;
        (told, passed) = decode_scan(frame, scan, coder.as_mut(), &mut arrays)?;
        surplus |= told;
    }
    let each = || (0..).zip(arrays.0.iter().zip(&stream.tables));
    Ok(Picture {
        samples: each()
            .take(wanted.samples)
            .map(|(place, (array, table))| samples(frame, place, array, table))
            .collect(),
        coefficients: each()
            .take(wanted.coefficients)
            .map(|(place, (array, table))| visible(frame, place, array, table))
            .collect(),
        surplus,
    })
}

fn decode_scan(
    frame: &Frame,
    scan: &Scan<'_>,
    coder: &mut dyn Coder,
    arrays: &mut Arrays,
) -> Result<(bool, usize), DecodeError> {
    let components = &scan.header.components;
    let (across, down) = frame.grid(components);
    let mut unit = Unit::new();
    for number in 0..across * down {
        if scan.restart_interval > 0 && number > 0 && number % scan.restart_interval == 0 {
            coder.restart(number / scan.restart_interval - 1)?;
        }
        arrays.unit(frame, components, (number % across, number / across), &mut unit);
        coder.unit(&unit, arrays)?;
    }
    Ok(coder.end())
}

/// The samples of the component at `place`.
fn samples(frame: &Frame, place: usize, array: &Array, table: &[u16; 64]) -> Vec<u8> {
    let (width, height) = frame.samples(place);
    let steps = inverse_dct::steps(table);
    let mut samples = vec![0; width * height];
    let bands = samples.chunks_mut(8 * width);
    let rows = array
        .blocks
        .chunks_exact(array.across)
        .zip(array.last.chunks_exact(array.across));
    for (out, (blocks, last)) in bands.zip(rows) {
        let across = width.div_ceil(8);
        inverse_dct::row(&blocks[..across], &last[..across], &steps, width, out);
    }
    samples
}

/// The blocks that hold a part of the picture; those that only complete a unit are left out.
fn visible(frame: &Frame, place: usize, array: &Array, table: &[u16; 64]) -> Coefficients {
    let mut found = coefficients::empty(frame, place, table);
    let across = found.blocks_across();
    let rows = found.values.chunks_exact_mut(across * 64);
    for (values, blocks) in rows.zip(array.blocks.chunks_exact(array.across)) {
        values.copy_from_slice(blocks[..across].as_flattened());
    }
    found
}
