//! The frame of a JPEG: its size, its components, and what the scans have sent of them.

use super::damage::JpegDamage;
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

/// Blocks in a unit at most (T.81 B.2.3).
const MAX_UNIT: usize = 10;

/// The lowest bit that a progressive scan may leave off; libjpeg's limit.
const MAX_LOW: u8 = 13;

/// What a scan's header says.
#[derive(Debug)]
pub(super) struct ScanHeader {
    /// Places of its components in the frame.
    pub components: Vec<usize>,
    /// Of each component, the slots of its tables for DC and AC coefficients.
    pub slots: Vec<[u8; 2]>,
    /// The coefficients it sends, first and last, in zigzag order.
    pub band: [u8; 2],
    /// Bits sent by the scans before, the lowest of them; 0 if there were none.
    pub high: u8,
    /// The lowest bit that it sends.
    pub low: u8,
    /// What is not as it should be.
    pub damage: Option<JpegDamage>,
}

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
        Ok(Frame {
            width,
            height,
            progressive: matches!(marker, 0xC2 | 0xCA),
            arithmetic: matches!(marker, 0xC9 | 0xCA),
            components,
        })
    }

    /// Reads a scan's header and notes what the scan sends.
    pub(super) fn scan(&mut self, segment: &[u8]) -> Result<ScanHeader, DecodeError> {
        let malformed = || corrupt("a malformed scan header");
        let (count, rest) = segment.split_first().ok_or_else(malformed)?;
        let (selectors, [start, end, approximation]) = rest.split_last_chunk::<3>().ok_or_else(malformed)?;
        let (selectors, odd) = selectors.as_chunks::<2>();
        if !(1..=4).contains(count) || selectors.len() != usize::from(*count) || !odd.is_empty() {
            return Err(malformed());
        }
        let mut header = ScanHeader {
            components: Vec::with_capacity(selectors.len()),
            slots: Vec::with_capacity(selectors.len()),
            band: [*start, *end],
            high: approximation >> 4,
            low: approximation & 15,
            damage: None,
        };
        for (number, [id, slots]) in (0..).zip(selectors) {
            // Components of equal ids are told by their order, as libjpeg does it: one that comes as the n-th in the
            // scan has at least n before it in the frame.
            let place = (number..self.components.len())
                .find(|place| self.components[*place].id == *id)
                .filter(|place| !header.components.contains(place))
                .ok_or_else(malformed)?;
            header.components.push(place);
            header.slots.push([slots >> 4, slots & 15]);
        }
        let of_unit = |place: &usize| {
            let component = &self.components[*place];
            usize::from(component.horizontal * component.vertical)
        };
        if header.components.len() > 1 && header.components.iter().map(of_unit).sum::<usize>() > MAX_UNIT {
            return Err(corrupt(format_args!("more than {MAX_UNIT} blocks in a unit")));
        }
        match self.progressive {
            true => self.note_progressive(&mut header)?,
            false => self.note_sequential(&mut header)?,
        }
        Ok(header)
    }

    fn note_sequential(&mut self, header: &mut ScanHeader) -> Result<(), DecodeError> {
        // They are read as if the fields said so.
        if (header.band, header.high, header.low) != ([0, 63], 0, 0) {
            header.damage = Some(JpegDamage::ScanHeader);
        }
        for place in &header.components {
            let sent = &mut self.components[*place].lowest_bit;
            if sent[0] != NOT_SENT {
                return Err(corrupt("a component that is sent twice"));
            }
            sent.fill(0);
        }
        Ok(())
    }

    /// What T.81 G.1.1.1 allows, and that it follows from the scans before.
    fn note_progressive(&mut self, header: &mut ScanHeader) -> Result<(), DecodeError> {
        let [start, end] = header.band;
        let (high, low) = (header.high, header.low);
        let is_band = match start {
            0 => end == 0,
            _ => start <= end && end <= 63 && header.components.len() == 1,
        };
        if !is_band || low > MAX_LOW {
            return Err(corrupt("a malformed scan header"));
        }
        for place in &header.components {
            let sent = &mut self.components[*place].lowest_bit;
            if start > 0 && sent[0] == NOT_SENT {
                header.damage = Some(JpegDamage::ScanOrder);
            }
            for bit in &mut sent[usize::from(start)..=usize::from(end)] {
                let due = if *bit == NOT_SENT { 0 } else { *bit };
                if high != due || (high != 0 && low + 1 != high) {
                    return Err(corrupt("scans that do not follow from each other"));
                }
                *bit = low;
            }
        }
        Ok(())
    }

    /// Customary name of the ratio between the first component's sampling factors and those of the next two.
    pub(super) fn subsampling(&self) -> Option<Subsampling> {
        let [luma, blue, red, ..] = self.components.as_slice() else {
            return None;
        };
        let fits =
            luma.horizontal.is_multiple_of(blue.horizontal) && luma.vertical.is_multiple_of(blue.vertical);
        if (blue.horizontal, blue.vertical) != (red.horizontal, red.vertical) || !fits {
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

    /// Minimum coded units across and down in a scan over `components` (T.81 A.2): blocks of the component when it is
    /// alone, else the units in which the components interleave.
    pub(super) fn grid(&self, components: &[usize]) -> (usize, usize) {
        let (across, down) = self.most();
        match components {
            [alone] => {
                let (width, height) = self.samples(*alone);
                (width.div_ceil(8), height.div_ceil(8))
            }
            _ => (
                usize::from(self.width).div_ceil(8 * usize::from(across)),
                usize::from(self.height).div_ceil(8 * usize::from(down)),
            ),
        }
    }

    /// Width and height of the component at `place` in its own samples, rounded up (T.81 A.1.1).
    pub(super) fn samples(&self, place: usize) -> (usize, usize) {
        let component = &self.components[place];
        let (across, down) = self.most();
        let side = |size: u16, factor: u8, most: u8| {
            (usize::from(size) * usize::from(factor)).div_ceil(usize::from(most))
        };
        (
            side(self.width, component.horizontal, across),
            side(self.height, component.vertical, down),
        )
    }

    /// The largest sampling factors, across and down.
    pub(super) fn most(&self) -> (u8, u8) {
        let most = |factor: fn(&Component) -> u8| self.components.iter().map(factor).max().unwrap_or(1);
        (most(|c| c.horizontal), most(|c| c.vertical))
    }

    /// Whether the component at `place` has a sample for each pixel.
    pub(super) fn is_full(&self, place: usize) -> bool {
        let component = &self.components[place];
        (component.horizontal, component.vertical) == self.most()
    }

    /// Whether the scans so far sent every coefficient of every component down to its last bit.
    pub(super) fn is_complete(&self) -> bool {
        self.components
            .iter()
            .all(|component| component.lowest_bit == [0; 64])
    }
}
