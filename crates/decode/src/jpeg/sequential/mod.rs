//! A reader of ordinary JPEGs: sequential, Huffman-coded, 8 bits, grey or Y, Cb and Cr.
//!
//! It gives the library's luma and coefficients to the bit, in half its time. Whatever is out of the ordinary, damage above
//! all, ends it without an answer: then the library decides. So what is accepted, and with which words the rest is
//! refused, does not depend on this reader.
//!
//! [`bits`] takes off the byte stuffing, [`huffman`] has the tables, [`scan`] reads blocks, [`inverse_dct`] makes samples
//! of them, a row of units at a time.

mod bits;
mod huffman;
mod inverse_dct;
mod scan;
#[cfg(test)]
mod tests;

use std::rc::Rc;

use self::huffman::{Class, Table};
use self::scan::{Scan, ScanPart};
use super::coefficients::in_natural_order;
use super::frame::Frame;
use super::stream::{self, Stream};
use crate::planes::Coefficients;

/// What [`decode`] finds.
pub(super) struct Picture {
    /// The first component's samples, row-major.
    pub luma: Vec<u8>,
    /// Coefficients of the first components, as many as were asked for.
    pub coefficients: Vec<Coefficients>,
}

/// Decodes a picture whose first component is Y or grey, and the coefficients of its first `kept` components. `None`
/// where the library must decide.
pub(super) fn decode(stream: &Stream<'_>, kept: usize) -> Option<Picture> {
    let frame = &stream.frame;
    if !is_ordinary(stream) {
        return None;
    }
    let mut picture = Picture {
        luma: Vec::new(),
        coefficients: Vec::with_capacity(kept),
    };
    for place in 0..kept.min(frame.components.len()) {
        let (width, height) = frame.samples(place);
        let (across, down) = (width.div_ceil(8), height.div_ceil(8));
        picture.coefficients.push(Coefficients {
            blocks_across: across,
            blocks_down: down,
            values: vec![0; across * down * 64],
            table: in_natural_order(&stream.tables[place]?),
        });
    }
    let steps = in_natural_order(&stream.tables[0]?);
    if steps.iter().any(|step| *step > inverse_dct::MAX_STEP) {
        return None;
    }
    let steps = steps.map(|step| step as i16);
    for scan in &stream.scans {
        decode_scan(frame, scan, &steps, &mut picture)?;
    }
    Some(picture)
}

/// Whether one scan has all components in the order of the frame, or each one a scan of its own; and whether the first
/// is surely not red.
fn is_ordinary(stream: &Stream<'_>) -> bool {
    let frame = &stream.frame;
    let ids: Vec<u8> = frame.components.iter().map(|component| component.id).collect();
    let known = match ids.as_slice() {
        [_] => true,
        [one, two, three] => {
            let distinct = one != two && one != three && two != three;
            distinct && (stream.jfif || stream.adobe.map_or(ids == [1, 2, 3], |transform| transform == 1))
        }
        _ => false,
    };
    let all: Vec<usize> = (0..ids.len()).collect();
    let scanned: Vec<usize> = stream
        .scans
        .iter()
        .flat_map(|scan| scan.components.iter().copied())
        .collect();
    let mut sorted = scanned.clone();
    sorted.sort_unstable();
    let together = stream.scans.len() == 1 && scanned == all;
    let apart = stream.scans.len() == ids.len() && sorted == all;
    known
        && (together || apart)
        && !stream.odd
        && !frame.progressive
        && !frame.arithmetic
        && stream.tables[..ids.len()].iter().all(Option::is_some)
}

fn decode_scan(
    frame: &Frame,
    scan: &stream::Scan<'_>,
    steps: &[i16; 64],
    picture: &mut Picture,
) -> Option<()> {
    let (selectors, rest) = scan
        .header
        .get(1..)?
        .split_at_checked(scan.components.len() * 2)?;
    if *rest != [0, 63, 0] {
        return None;
    }
    let alone = scan.components.len() == 1;
    let units = frame.grid(&scan.components);
    let mut parts = Vec::with_capacity(scan.components.len());
    for (&place, [_, slots]) in scan.components.iter().zip(selectors.as_chunks::<2>().0) {
        let table = |class: Class, slot: u8| -> Option<Rc<Table>> {
            huffman::table((*scan.huffman[class as usize].get(usize::from(slot))?)?, class)
        };
        let component = &frame.components[place];
        let (across, down) = match alone {
            true => (1, 1),
            false => (component.horizontal.into(), component.vertical.into()),
        };
        let channels = place == 0 || place < picture.coefficients.len();
        let blocks = if channels { across * down * units.0 } else { 0 };
        parts.push(ScanPart {
            across,
            down,
            dc: table(Class::Dc, slots >> 4)?,
            ac: table(Class::Ac, slots & 15)?,
            blocks: vec![[0; 64]; blocks],
            last: vec![0; blocks],
            predictor: 0,
        });
    }
    let mut reader = Scan::new(scan.data, scan.restart_interval);
    if scan.components.contains(&0) {
        picture
            .luma
            .reserve_exact(usize::from(frame.width) * usize::from(frame.height));
    }
    for row in 0..units.1 {
        reader.row(&mut parts, units.0)?;
        for (part, &place) in parts.iter().zip(&scan.components) {
            if let Some(found) = picture.coefficients.get_mut(place) {
                keep(found, part, row);
            }
            if place == 0 {
                render(frame, part, steps, &mut picture.luma)?;
            }
        }
    }
    reader.end()
}

/// Takes over the blocks that hold a part of the picture; those that only complete a unit are left out.
fn keep(found: &mut Coefficients, part: &ScanPart, row: usize) {
    let across = found.blocks_across;
    let values = found.values.chunks_exact_mut(across * 64).skip(row * part.down);
    for (values, blocks) in values.zip(rows(&part.blocks, part.down)) {
        values.copy_from_slice(blocks[..across].as_flattened());
    }
}

/// Adds the samples of a row of units to the plane.
fn render(frame: &Frame, part: &ScanPart, steps: &[i16; 64], luma: &mut Vec<u8>) -> Option<()> {
    let (width, height) = (usize::from(frame.width), usize::from(frame.height));
    for (blocks, last) in rows(&part.blocks, part.down).zip(rows(&part.last, part.down)) {
        let start = luma.len();
        let end = (start + 8 * width).min(width * height);
        luma.resize(end, 0);
        inverse_dct::row(blocks, last, steps, width, &mut luma[start..])?;
    }
    Some(())
}

/// The equally long rows of what has `count` of them.
fn rows<T>(all: &[T], count: usize) -> impl Iterator<Item = &[T]> {
    all.chunks_exact(all.len() / count)
}
