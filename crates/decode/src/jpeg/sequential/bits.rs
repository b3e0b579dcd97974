//! The bits of a scan.

use memchr::memchr;

/// Zero bytes behind the data of an interval, so that eight bytes can be loaded wherever it has a bit.
const PADDING: usize = 16;

/// The data between two restart markers, and what comes after them.
pub(super) struct Intervals<'a> {
    /// From the marker after the present interval on.
    rest: &'a [u8],
    /// Restart markers passed.
    markers: u8,
    /// The present interval without stuffed bytes, and [`PADDING`].
    bytes: Vec<u8>,
}

impl<'a> Intervals<'a> {
    /// Over a scan's compressed data, at the first interval.
    pub(super) fn new(data: &'a [u8]) -> Self {
        let mut intervals = Self {
            rest: data,
            markers: 0,
            bytes: Vec::with_capacity(data.len() + PADDING),
        };
        intervals.load();
        intervals
    }

    /// Copies the data up to the next marker and takes a zero byte off each FF. A run of FF is legal before a stuffed
    /// byte, too, but no encoder writes one: the interval ends there.
    fn load(&mut self) {
        self.bytes.clear();
        while let Some(at) = memchr(0xFF, self.rest) {
            if self.rest.get(at + 1) != Some(&0) {
                self.bytes.extend_from_slice(&self.rest[..at]);
                self.rest = &self.rest[at..];
                self.bytes.extend_from_slice(&[0; PADDING]);
                return;
            }
            self.bytes.extend_from_slice(&self.rest[..=at]);
            self.rest = &self.rest[at + 2..];
        }
        self.bytes.extend_from_slice(self.rest);
        self.rest = &[];
        self.bytes.extend_from_slice(&[0; PADDING]);
    }

    /// Goes on to the next interval, where the present one ends with `cursor` and the next marker follows.
    pub(super) fn advance(&mut self, cursor: Cursor) -> Option<()> {
        if !self.is_at_end(cursor) || self.rest.get(..2)? != [0xFF, 0xD0 | self.markers & 7] {
            return None;
        }
        self.markers = self.markers.wrapping_add(1);
        self.rest = &self.rest[2..];
        self.load();
        Some(())
    }

    /// `None` unless `cursor` is at the end of the last interval.
    pub(super) fn end(&self, cursor: Cursor) -> Option<()> {
        (self.is_at_end(cursor) && self.rest.is_empty()).then_some(())
    }

    /// The present interval, for [`Cursor::refill`].
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether the present interval has every bit that was taken, and less than a byte more.
    fn is_at_end(&self, cursor: Cursor) -> bool {
        cursor.taken().div_ceil(8) == self.bytes.len() - PADDING
    }
}

/// A place among the bits of an interval.
#[derive(Clone, Copy, Default)]
pub(super) struct Cursor {
    /// The next bits, from the highest on; those beyond `count` are zero or what follows.
    bits: u64,
    /// Bits loaded and not yet taken.
    count: u32,
    /// The next byte to load.
    at: usize,
}

impl Cursor {
    /// Bits there are at least after [`Self::refill`].
    pub(super) const FILL: u32 = 56;

    /// Loads all that fits, at least [`Self::FILL`] bits together. `None` far beyond the end.
    #[inline(always)]
    pub(super) fn refill(&mut self, bytes: &[u8]) -> Option<()> {
        let word = u64::from_be_bytes(*bytes.get(self.at..)?.first_chunk()?);
        self.bits |= word >> self.count;
        // Whole bytes; of the last, partly loaded one the same bits are loaded again.
        self.at += ((63 - self.count) >> 3) as usize;
        self.count |= 56;
        Some(())
    }

    /// The next `count` bits, 1 to 32; they must be loaded.
    #[inline(always)]
    pub(super) fn peek(self, count: u32) -> u32 {
        (self.bits >> (64 - count)) as u32
    }

    /// Passes over `count` bits, fewer than 64; they must be loaded.
    #[inline(always)]
    pub(super) fn skip(&mut self, count: u32) {
        self.bits <<= count;
        self.count -= count;
    }

    /// Bits taken so far.
    fn taken(self) -> usize {
        self.at * 8 - self.count as usize
    }
}
