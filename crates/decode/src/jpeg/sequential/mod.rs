//! A reader of ordinary JPEGs: sequential, Huffman-coded, 8 bits, grey or Y, Cb and Cr.
//!
//! It gives what [`scans`](super::scans) gives, in less time. Whatever is out of the ordinary, damage above
//! all, ends it without an answer: then [`scans`](super::scans) decides. So what is accepted, and with which words the rest
//! is refused, does not depend on this reader.
//!
//! [`bits`] takes off the byte stuffing, [`huffman`] has the tables, [`scan`] reads blocks, of which
//! [`inverse_dct`](super::inverse_dct) makes samples, a row of units at a time.

mod bits;
mod huffman;
mod scan;
#[cfg(test)]
mod tests;

use std::rc::Rc;

use self::huffman::{Class, Table};
use self::scan::{Scan, ScanPart};
use super::coefficients;
use super::frame::Frame;
use super::inverse_dct;
use super::picture::{Picture, Wanted};
use super::stream::{self, Stream};
use crate::planes::Coefficients;

/// Decodes what is `wanted` of a picture. `None` where the other reader must decide.
pub(super) fn decode(stream: &Stream<'_>, wanted: Wanted) -> Option<Picture> {
    let frame = &stream.frame;
    if frame.progressive || frame.arithmetic {
        return None;
    }
    let tables = (0..).zip(&stream.tables);
    let mut picture = Picture {
        samples: vec![Vec::new(); wanted.samples],
        coefficients: tables
            .take(wanted.coefficients)
            .map(|(place, table)| coefficients::empty(frame, place, table))
            .collect(),
        surplus: false,
    };
    let steps: Vec<_> = stream.tables[..wanted.samples]
        .iter()
        .map(inverse_dct::steps)
        .collect();
    for scan in &stream.scans {
        decode_scan(frame, scan, &steps, &mut picture)?;
    }
    Some(picture)
}

fn decode_scan(
    frame: &Frame,
    scan: &stream::Scan<'_>,
    steps: &[[i16; 64]],
    picture: &mut Picture,
) -> Option<()> {
    let components = &scan.header.components;
    let alone = components.len() == 1;
    let units = frame.grid(components);
    let mut parts = Vec::with_capacity(components.len());
    for (&place, [dc, ac]) in components.iter().zip(&scan.header.slots) {
        let table = |class: Class, slot: u8| -> Option<Rc<Table>> {
            huffman::table(scan.huffman(class as usize, slot)?, class)
        };
        let component = &frame.components[place];
        let (across, down) = match alone {
            true => (1, 1),
            false => (component.horizontal.into(), component.vertical.into()),
        };
        let wanted = place < picture.samples.len().max(picture.coefficients.len());
        let blocks = if wanted { across * down * units.0 } else { 0 };
        parts.push(ScanPart {
            across,
            down,
            dc: table(Class::Dc, *dc)?,
            ac: table(Class::Ac, *ac)?,
            blocks: vec![[0; 64]; blocks],
            last: vec![0; blocks],
            predictor: 0,
        });
    }
    let mut reader = Scan::new(scan.data, scan.restart_interval);
    for &place in components {
        if let Some(samples) = picture.samples.get_mut(place) {
            let (width, height) = frame.samples(place);
            samples.reserve_exact(width * height);
        }
    }
    for row in 0..units.1 {
        reader.row(&mut parts, units.0)?;
        for (part, &place) in parts.iter().zip(components) {
            if let Some(found) = picture.coefficients.get_mut(place) {
                keep(found, part, row);
            }
            if let Some(samples) = picture.samples.get_mut(place) {
                render(frame.samples(place), part, &steps[place], samples);
            }
        }
    }
    reader.end()
}

/// Takes over the blocks that hold a part of the picture; those that only complete a unit are left out.
fn keep(found: &mut Coefficients, part: &ScanPart, row: usize) {
    let across = found.blocks_across();
    let values = found.values.chunks_exact_mut(across * 64).skip(row * part.down);
    for (values, blocks) in values.zip(rows(&part.blocks, part.down)) {
        values.copy_from_slice(blocks[..across].as_flattened());
    }
}

/// Adds the samples of a row of units to those of a component of this width and height.
fn render((width, height): (usize, usize), part: &ScanPart, steps: &[i16; 64], samples: &mut Vec<u8>) {
    for (blocks, last) in rows(&part.blocks, part.down).zip(rows(&part.last, part.down)) {
        let start = samples.len();
        let end = (start + 8 * width).min(width * height);
        samples.resize(end, 0);
        inverse_dct::row(blocks, last, steps, width, &mut samples[start..]);
    }
}

/// The equally long rows of what has `count` of them.
fn rows<T>(all: &[T], count: usize) -> impl Iterator<Item = &[T]> {
    all.chunks_exact(all.len() / count)
}
