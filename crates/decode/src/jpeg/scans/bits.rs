//! The bits of a scan, taken from the bytes as libjpeg-turbo takes them.
//!
//! libjpeg tells of bytes that are left over, but not of those that it has loaded already. So what counts as damage
//! depends on how far ahead it loads, and this reader loads as it does.

use super::source::Source;
use crate::DecodeError;
use crate::jpeg::error::{corrupt, truncated_data};

/// Bits there are at least after loading, unless a marker comes before.
const DEPTH: u32 = 57;
/// Bits up to which loading in haste goes on, and bytes that it then loads.
const HASTE: (u32, u32) = (16, 6);

/// Bits that one look-up decodes.
pub(super) const LOOKUP: u32 = 8;

/// A place among the bits.
#[derive(Clone, Copy)]
pub(super) struct Bits<'a> {
    pub source: Source<'a>,
    /// The loaded bits, the next at the place `count - 1`.
    loaded: u64,
    count: u32,
    /// Whether bits are loaded in haste, as libjpeg-turbo does it far from the end of its buffer.
    pub hasty: bool,
}

impl<'a> Bits<'a> {
    pub(super) fn new(source: Source<'a>) -> Self {
        Self {
            source,
            loaded: 0,
            count: 0,
            hasty: false,
        }
    }

    /// Loads as much as fits. A marker ends it.
    fn load(&mut self) {
        while self.count < DEPTH {
            let Some(byte) = self.source.byte() else { return };
            self.put(byte);
        }
    }

    fn put(&mut self, byte: u8) {
        self.loaded = self.loaded << 8 | u64::from(byte);
        self.count += 8;
    }

    /// Loads in haste where there are few bits. `None` where a marker comes.
    fn load_hastily(&mut self) -> Option<()> {
        if self.count <= HASTE.0 {
            for _ in 0..HASTE.1 {
                let byte = self.source.plain_byte()?;
                self.put(byte);
            }
        }
        Some(())
    }

    /// Sees to it that there are `count` bits.
    #[inline(always)]
    fn need(&mut self, count: u32) -> Result<(), Stop> {
        if self.hasty {
            return self.load_hastily().ok_or(Stop::Haste);
        }
        if self.count < count {
            self.load();
            if self.count < count {
                return Err(Stop::NoData);
            }
        }
        Ok(())
    }

    /// The next bits, up to [`LOOKUP`], without taking them; `None` where there are not so many.
    #[inline(always)]
    pub(super) fn look_up(&mut self) -> Result<Option<usize>, Stop> {
        if self.hasty {
            self.need(0)?;
        } else if self.count < LOOKUP {
            self.load();
        }
        Ok((self.count >= LOOKUP)
            .then(|| (self.loaded >> (self.count - LOOKUP)) as usize & ((1 << LOOKUP) - 1)))
    }

    /// Takes bits that are there.
    #[inline(always)]
    pub(super) fn skip(&mut self, count: u32) {
        self.count -= count;
    }

    /// Takes the next `count` bits, at most 16.
    #[inline(always)]
    pub(super) fn take(&mut self, count: u32) -> Result<u32, Stop> {
        self.need(count)?;
        Ok(self.taken(count))
    }

    /// Takes the rest of a code: `count` bits, which hasty loading has loaded with its first.
    pub(super) fn take_more(&mut self, count: u32) -> Result<u32, Stop> {
        if !self.hasty {
            self.need(count)?;
        }
        Ok(self.taken(count))
    }

    #[inline(always)]
    fn taken(&mut self, count: u32) -> u32 {
        self.count -= count;
        (self.loaded >> self.count) as u32 & ((1 << count) - 1)
    }

    /// Goes on behind the restart marker that is due, the `number`th of the scan.
    pub(super) fn restart(&mut self, number: usize) -> Result<(), DecodeError> {
        self.source.pass(self.count as usize / 8);
        self.count = 0;
        self.source.restart(number)
    }
}

/// Why there is no more. Small, as it stands beside every number that is read.
#[derive(Clone, Copy)]
pub(super) enum Stop {
    /// Hasty loading came to a marker: the same bits are to be taken without haste.
    Haste,
    /// The data end.
    NoData,
    /// The bits are no code.
    NoCode,
    /// A coefficient that has just its first bit has more of them.
    NotOneBit,
}

impl From<Stop> for DecodeError {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Haste | Stop::NoData => truncated_data(),
            Stop::NoCode => corrupt("a code that is not in the Huffman table"),
            Stop::NotOneBit => corrupt("a new coefficient of more than one bit"),
        }
    }
}
