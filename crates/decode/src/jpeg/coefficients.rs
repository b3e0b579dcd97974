//! The coefficients as the file has them, and the planes they stand for.

use super::error::corrupt;
use super::pixels::{self, Blocks};
use super::stream::Stream;
use crate::DecodeError;
use crate::planes::{Channels, Coefficients, Planes};

/// Place in natural (row-major) order of each coefficient in zigzag order (T.81, Figure A.6).
pub(super) const NATURAL: [usize; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
    14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39,
    46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// What is `channels` of a picture whose first component is Y or grey, from the coefficients `found` so far.
///
/// Where there are none, the library reads the entropy-coded data once more: it gives pixels or coefficients of one
/// reading, not both.
pub(super) fn decode(
    bytes: &[u8],
    stream: &Stream<'_>,
    found: Option<Vec<Coefficients>>,
    channels: Channels,
) -> Result<(Option<Planes>, Option<Coefficients>), DecodeError> {
    if !channels.planes && !channels.coefficients {
        return Ok((None, None));
    }
    let mut components = match found {
        Some(found) => found,
        None => by_library(bytes, stream)?,
    };
    let planes = channels.planes.then(|| {
        let mut planes = (0..).zip(&components).map(|(place, component)| {
            let (width, height) = stream.frame.samples(place);
            component.plane(width, height)
        });
        let y = planes.next()?;
        let chroma = planes.next().zip(planes.next()).map(|(blue, red)| [blue, red]);
        Some(Planes {
            y,
            chroma,
            grid: (0, 0),
        })
    });
    components.truncate(1);
    let luma = components.pop().filter(|_| channels.coefficients);
    Ok((planes.flatten(), luma))
}

pub(super) fn by_library(bytes: &[u8], stream: &Stream<'_>) -> Result<Vec<Coefficients>, DecodeError> {
    let found = pixels::coefficients(bytes)?;
    let component = |(place, blocks)| natural(blocks, stream.frame.samples(place), stream.tables[place]);
    let components: Result<Vec<_>, _> = found.iter().enumerate().map(component).collect();
    components.and_then(
        |components| match components.len() == stream.frame.components.len() {
            true => Ok(components),
            false => Err(corrupt("a component without blocks")),
        },
    )
}

/// The blocks that hold a part of the picture, and the table, in natural order.
fn natural(
    found: &Blocks,
    (width, height): (usize, usize),
    table: Option<[u16; 64]>,
) -> Result<Coefficients, DecodeError> {
    let table = table.ok_or_else(|| corrupt("a component without a quantisation table"))?;
    let (across, down) = (width.div_ceil(8), height.div_ceil(8));
    if found.stride < across || found.blocks.len() < found.stride * down {
        return Err(corrupt("the decoder gave fewer blocks than the header announces"));
    }
    let mut values = vec![0; across * down * 64];
    let mut blocks = values.as_chunks_mut::<64>().0.iter_mut();
    for row in found.blocks.chunks_exact(found.stride).take(down) {
        for (zigzag, block) in row[..across].iter().zip(blocks.by_ref()) {
            *block = in_natural_order(zigzag);
        }
    }
    Ok(Coefficients {
        blocks_across: across,
        blocks_down: down,
        values,
        table: in_natural_order(&table),
    })
}

/// Rows from the top, each from the left, of what is in zigzag order.
pub(super) fn in_natural_order<T: Copy + Default>(zigzag: &[T; 64]) -> [T; 64] {
    let mut natural = [T::default(); 64];
    for (place, value) in NATURAL.into_iter().zip(zigzag) {
        natural[place] = *value;
    }
    natural
}
