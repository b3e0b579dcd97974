//! The coefficients of a whole picture while its scans fill them in, and in which order a scan goes through them.

use crate::jpeg::coefficients::{Block, NATURAL};
use crate::jpeg::frame::Frame;
use crate::jpeg::stream::Scan;

/// What a scan sends (T.81 G.1.1). `low` is the place of its lowest bit, a band its coefficients in zigzag order.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Sequential,
    DcFirst { low: u8 },
    DcRefine { low: u8 },
    AcFirst { band: [u8; 2], low: u8 },
    AcRefine { band: [u8; 2], low: u8 },
}

impl Kind {
    pub(super) fn of(frame: &Frame, scan: &Scan<'_>) -> Self {
        let header = &scan.header;
        let (band, low) = (header.band, header.low);
        match (frame.progressive, band[0], header.high) {
            (false, ..) => Self::Sequential,
            (true, 0, 0) => Self::DcFirst { low },
            (true, 0, _) => Self::DcRefine { low },
            (true, _, 0) => Self::AcFirst { band, low },
            (true, ..) => Self::AcRefine { band, low },
        }
    }

    /// Whether it sends differences of DC coefficients.
    pub(super) fn has_differences(self) -> bool {
        matches!(self, Self::Sequential | Self::DcFirst { .. })
    }

    /// Whether it sends AC coefficients.
    pub(super) fn has_ac(self) -> bool {
        !matches!(self, Self::DcFirst { .. } | Self::DcRefine { .. })
    }
}

/// Where a block of a unit is.
pub(super) struct Part {
    /// Its component's number in the scan.
    pub number: usize,
    /// Its component's place in the frame.
    place: usize,
    /// The block's place in its component.
    block: usize,
}

/// The blocks of a unit in their order.
pub(super) type Unit = Vec<Part>;

/// Blocks of a component, those included that only complete an interleaved unit.
pub(super) struct Array {
    pub blocks: Vec<Block>,
    /// For each of them, a place in zigzag order behind which there are only zeros.
    pub last: Vec<u8>,
    /// Blocks in a row.
    pub across: usize,
}

/// A block that is being filled.
pub(super) struct Filling<'a> {
    block: &'a mut Block,
    last: &'a mut u8,
}

impl Filling<'_> {
    /// The coefficient at a place in zigzag order.
    #[inline(always)]
    pub(super) fn at(&mut self, place: usize) -> &mut i16 {
        &mut self.block[NATURAL[place]]
    }

    /// Puts a coefficient in its place in zigzag order. One beyond the last takes the place of the last, as in libjpeg.
    #[inline(always)]
    pub(super) fn put(&mut self, place: usize, value: i32) {
        let place = place.min(63);
        *self.at(place) = value as i16;
        *self.last = (*self.last).max(place as u8);
    }

    /// A place behind which there are only zeros.
    #[inline(always)]
    pub(super) fn last(&self) -> usize {
        usize::from(*self.last)
    }

    pub(super) fn clear(&mut self) {
        *self.block = [0; 64];
        *self.last = 0;
    }
}

/// Those of all components.
pub(super) struct Arrays(pub Vec<Array>);

impl Arrays {
    /// All zero.
    pub(super) fn new(frame: &Frame) -> Self {
        let array = |place: usize| {
            let component = &frame.components[place];
            let (width, height) = frame.samples(place);
            let whole = |samples: usize, factor: u8| samples.div_ceil(8).next_multiple_of(factor.into());
            let across = whole(width, component.horizontal);
            let count = across * whole(height, component.vertical);
            Array {
                blocks: vec![[0; 64]; count],
                last: vec![0; count],
                across,
            }
        };
        Self((0..frame.components.len()).map(array).collect())
    }

    #[inline(always)]
    pub(super) fn filling(&mut self, part: &Part) -> Filling<'_> {
        let array = &mut self.0[part.place];
        Filling {
            block: &mut array.blocks[part.block],
            last: &mut array.last[part.block],
        }
    }

    /// Makes `unit` the one at (`x`, `y`) in a scan over `components`.
    pub(super) fn unit(&self, frame: &Frame, components: &[usize], (x, y): (usize, usize), unit: &mut Unit) {
        unit.clear();
        for (number, &place) in components.iter().enumerate() {
            let component = &frame.components[place];
            let (across, down) = match components.len() {
                1 => (1, 1),
                _ => (usize::from(component.horizontal), usize::from(component.vertical)),
            };
            let stride = self.0[place].across;
            let first = y * down * stride + x * across;
            for row in 0..down {
                let blocks = first + row * stride..first + row * stride + across;
                unit.extend(blocks.map(|block| Part { number, place, block }));
            }
        }
    }
}
