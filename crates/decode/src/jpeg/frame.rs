//! The frame of a JPEG: its size, its components, and what the scans have sent of them.

use super::error::{corrupt, unsupported};
use super::info::Subsampling;
use crate::{DecodeError, Limits};

#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub width: u16,
    pub height: u16,
    pub progressive: bool,
    /// Whether entropy coding is arithmetic.
    pub arithmetic: bool,
    pub components: Vec<Component>,
}

#[derive(Clone, Debug)]
pub(super) struct Component {
    pub id: u8,
    pub horizontal: u8,
    pub vertical: u8,
    /// Slot of its quantisation table, 0–3.
    pub table: usize,
    /// For each coefficient, the lowest bit sent so far.
    lowest_bit: [u8; 64],
}

/// More than any lowest bit that can be announced.
const NOT_SENT: u8 = u8::MAX;

impl Frame {
    /// Reads the start-of-frame segment of a marker among FFC0 to FFC2, FFC9 and FFCA; the size is checked first.
    pub(super) fn parse(segment: &[u8], marker: u8, limits: &Limits) -> Result<Self, DecodeError> {
        let [precision, size @ .., count] = segment
            .first_chunk::<6>()
            .ok_or_else(|| corrupt("a short frame header"))?;
        let [height, width] = [[size[0], size[1]], [size[2], size[3]]].map(u16::from_be_bytes);
        limits.check_pixels(u32::from(width), u32::from(height))?;
        if width == 0 || height == 0 {
            return Err(corrupt(format_args!("a picture of {width} x {height} pixels")));
        }
        if *precision != 8 {
            return Err(unsupported(format_args!("{precision}-bit samples")));
        }
        if !matches!(count, 1 | 3 | 4) {
            return Err(unsupported(format_args!("{count} components")));
        }
        let (entries, rest) = segment[6..].as_chunks::<3>();
        if entries.len() != usize::from(*count) || !rest.is_empty() {
            return Err(corrupt("a frame header of the wrong length"));
        }
        let mut components = Vec::with_capacity(entries.len());
        for [id, factors, table] in entries {
            let (horizontal, vertical) = (factors >> 4, factors & 15);
            if !(1..=4).contains(&horizontal) || !(1..=4).contains(&vertical) || *table > 3 {
                return Err(corrupt("a component with impossible sampling factors or table"));
            }
            let table = usize::from(*table);
            components.push(Component {
                id: *id,
                horizontal,
                vertical,
                table,
                lowest_bit: [NOT_SENT; 64],
            });
        }
        let frame = Frame {
            width,
            height,
            progressive: matches!(marker, 0xC2 | 0xCA),
            arithmetic: matches!(marker, 0xC9 | 0xCA),
            components,
        };
        if !frame.is_customarily_sampled() {
            return Err(unsupported("chroma finer than luma, or fractional sampling"));
        }
        Ok(frame)
    }

    /// Notes what the scan sends and returns the places of its components in the frame.
    pub(super) fn scan(&mut self, segment: &[u8]) -> Result<Vec<usize>, DecodeError> {
        let malformed = || corrupt("a malformed scan header");
        let (count, rest) = segment.split_first().ok_or_else(malformed)?;
        let (selectors, [start, end, approximation]) = rest.split_last_chunk::<3>().ok_or_else(malformed)?;
        let (selectors, odd) = selectors.as_chunks::<2>();
        if !(1..=4).contains(count) || selectors.len() != usize::from(*count) || !odd.is_empty() {
            return Err(malformed());
        }
        let (high, low) = (approximation >> 4, approximation & 15);
        let mut places = Vec::with_capacity(selectors.len());
        for [id, _] in selectors {
            let place = self
                .components
                .iter()
                .position(|component| component.id == *id)
                .ok_or_else(malformed)?;
            places.push(place);
            let sent = &mut self.components[place].lowest_bit;
            if !self.progressive {
                // Whatever the fields say.
                sent.fill(0);
                continue;
            }
            for bit in sent
                .get_mut(usize::from(*start)..=usize::from(*end))
                .ok_or_else(malformed)?
            {
                let due = if *bit == NOT_SENT { 0 } else { *bit };
                if high != due || (high != 0 && low + 1 != high) {
                    return Err(corrupt("scans that do not follow from each other"));
                }
                *bit = low;
            }
        }
        Ok(places)
    }

    /// Customary name of the ratio between the first component's sampling factors and those of the next two.
    pub(super) fn subsampling(&self) -> Option<Subsampling> {
        let [luma, blue, red, ..] = self.components.as_slice() else {
            return None;
        };
        if (blue.horizontal, blue.vertical) != (red.horizontal, red.vertical) {
            return None;
        }
        match (luma.horizontal / blue.horizontal, luma.vertical / blue.vertical) {
            (1, 1) => Some(Subsampling::S444),
            (2, 1) => Some(Subsampling::S422),
            (2, 2) => Some(Subsampling::S420),
            (1, 2) => Some(Subsampling::S440),
            (4, 1) => Some(Subsampling::S411),
            (4, 2) => Some(Subsampling::S410),
            _ => None,
        }
    }

    /// Whether the first component, and black if there is one, is sampled in full and the others at integer
    /// fractions of it. Other frames are legal, but unknown outside test suites, and no pixel of ours was compared
    /// there.
    fn is_customarily_sampled(&self) -> bool {
        let Some(first) = self.components.first() else {
            return false;
        };
        self.components.iter().enumerate().all(|(place, component)| {
            let (h, v) = (component.horizontal, component.vertical);
            let whole = first.horizontal % h == 0 && first.vertical % v == 0;
            whole && (place != 3 || (h, v) == (first.horizontal, first.vertical))
        })
    }

    /// Minimum coded units across and down in a scan over `components` (T.81 A.2): blocks of the component when it is
    /// alone, else the units in which the components interleave.
    pub(super) fn grid(&self, components: &[usize]) -> (usize, usize) {
        let most =
            |factor: fn(&Component) -> u8| self.components.iter().map(factor).max().map_or(1, usize::from);
        match components {
            [alone] => {
                let (width, height) = self.samples(*alone);
                (width.div_ceil(8), height.div_ceil(8))
            }
            _ => (
                usize::from(self.width).div_ceil(8 * most(|c| c.horizontal)),
                usize::from(self.height).div_ceil(8 * most(|c| c.vertical)),
            ),
        }
    }

    /// Width and height of the component at `place` in its own samples, rounded up (T.81 A.1.1).
    pub(super) fn samples(&self, place: usize) -> (usize, usize) {
        let component = &self.components[place];
        let most = |factor: fn(&Component) -> u8| self.components.iter().map(factor).max().unwrap_or(1);
        let side = |size: u16, factor: u8, most: u8| {
            (usize::from(size) * usize::from(factor)).div_ceil(usize::from(most))
        };
        (
            side(self.width, component.horizontal, most(|c| c.horizontal)),
            side(self.height, component.vertical, most(|c| c.vertical)),
        )
    }

    /// Whether the scans so far sent every coefficient of every component down to its last bit.
    pub(super) fn is_complete(&self) -> bool {
        self.components
            .iter()
            .all(|component| component.lowest_bit == [0; 64])
    }
}
