//! Huffman tables for decoding.

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::rc::Rc;

/// Bits that one look-up decodes: those of a code and of the number after it, and of the next two if they fit.
pub(super) const LOOKUP: u32 = 10;

/// What follows in the data, as far as [`LOOKUP`] bits tell. In bits 0 to 5 its length in bits, in 6 and 7 its kind;
/// how many places further the first number is in 8 to 15, and how many after that the second in 16 to 23; the
/// length of the first, or the size of a number that is not told, in 24 to 31; the numbers from 32 and from 48 on.
#[derive(Clone, Copy)]
pub(super) struct Entry(u64);

/// Kinds of [`Entry`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// One number or two. Sixteen zeros are a number, 0; so is the end of the block, [`END`] places further. Where there
    /// is no second, it is the first again.
    Numbers,
    /// A code whose number needs more bits; the length is the code's alone.
    Wide,
    /// A longer code, no code, or one that means nothing.
    Other,
}

/// Places that the end of the block seems to be away.
pub(super) const END: usize = 128;

impl Entry {
    const OTHER: Self = Self(2 << 6);

    /// Of a symbol with a code of `length` bits. Of `number` as many of the bits after the code as the size asks for.
    fn new(symbol: u8, length: u32, class: Class, number: Option<i16>) -> Self {
        let (run, size) = (u64::from(symbol >> 4), u64::from(symbol & 15));
        let advance = match (class, run, size) {
            (Class::Ac, 0, 0) => END as u64,
            (Class::Ac, 1..15, 0) => return Self::OTHER,
            _ => run + 1,
        };
        let length = u64::from(length);
        match number {
            Some(number) => {
                let (whole, number) = (length + size, u64::from(number as u16));
                Self(whole | advance << 8 | whole << 24 | number << 32 | number << 48)
            }
            None => Self(length | 1 << 6 | advance << 8 | size << 24),
        }
    }

    /// This one number and the one of `next` behind it.
    fn then(self, next: Self) -> Self {
        let length = u64::from(self.length() + next.length());
        let first = self.0 & 0x0000_FFFF_FF00_FF00;
        Self(first | length | (next.first() as u64) << 16 | (next.numbers()[0] as u16 as u64) << 48)
    }

    #[inline(always)]
    pub(super) fn kind(self) -> Kind {
        match self.0 >> 6 & 3 {
            0 => Kind::Numbers,
            1 => Kind::Wide,
            _ => Kind::Other,
        }
    }

    #[inline(always)]
    pub(super) fn length(self) -> u32 {
        (self.0 & 63) as u32
    }

    /// Places from the last number to the first.
    #[inline(always)]
    pub(super) fn first(self) -> usize {
        (self.0 >> 8 & 255) as usize
    }

    /// Places from the first to the second; 0 if there is none.
    #[inline(always)]
    pub(super) fn second(self) -> usize {
        (self.0 >> 16 & 255) as usize
    }

    /// Length of the first number with its code.
    #[inline(always)]
    pub(super) fn first_length(self) -> u32 {
        (self.0 >> 24 & 255) as u32
    }

    /// Bits of the number after a code of [`Kind::Wide`], 1 to 15.
    #[inline(always)]
    pub(super) fn size(self) -> u32 {
        (self.0 >> 24 & 15) as u32
    }

    #[inline(always)]
    pub(super) fn numbers(self) -> [i16; 2] {
        [(self.0 >> 32) as i16, (self.0 >> 48) as i16]
    }
}

/// What a table codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Dc,
    Ac,
}

pub(super) struct Table {
    class: Class,
    entries: [Entry; 1 << LOOKUP],
    /// For each length of code, the first 16 bits that are above all such codes.
    ends: [u32; 17],
    /// For each length, the place of the first symbol less the first code, modulo 2³².
    places: [u32; 17],
    /// Numbers of codes of 1 to 16 bits, then the symbols.
    segment: Vec<u8>,
}

impl Table {
    /// From the numbers of codes of 1 to 16 bits and then the symbols. `None` if the codes do not fit into their lengths,
    /// if one has only ones (T.81 C), or if they are more than 256.
    pub(super) fn new(segment: &[u8], class: Class) -> Option<Self> {
        let (counts, symbols) = segment.split_first_chunk::<16>()?;
        if symbols.len() > 256 {
            return None;
        }
        let mut table = Self {
            class,
            entries: [Entry::OTHER; 1 << LOOKUP],
            ends: [0; 17],
            places: [0; 17],
            segment: segment.to_vec(),
        };
        let mut left = symbols;
        let mut code = 0u32;
        for (length, count) in (1u32..).zip(counts) {
            let (these, rest) = left.split_at_checked(usize::from(*count))?;
            table.places[length as usize] = ((symbols.len() - left.len()) as u32).wrapping_sub(code);
            if !these.is_empty() && code + these.len() as u32 >= 1 << length {
                return None;
            }
            if length <= LOOKUP {
                let width = 1 << (LOOKUP - length);
                let at = code as usize * width;
                let places = table.entries[at..at + these.len() * width].chunks_exact_mut(width);
                for (symbol, entries) in these.iter().zip(places) {
                    fill(entries, *symbol, length, class);
                }
            }
            code += these.len() as u32;
            table.ends[length as usize] = code << (16 - length);
            code <<= 1;
            left = rest;
        }
        if class == Class::Ac {
            table.join();
        }
        Some(table)
    }

    /// Joins to each number the next one, where the bits of the look-up tell it whole.
    fn join(&mut self) {
        let single = self.entries;
        for (bits, entry) in self.entries.iter_mut().enumerate() {
            let next = single[(bits << entry.length()) & ((1 << LOOKUP) - 1)];
            let both = entry.kind() == Kind::Numbers && next.kind() == Kind::Numbers;
            if both && entry.first() < END && entry.length() + next.length() <= LOOKUP {
                *entry = entry.then(next);
            }
        }
    }

    fn is(&self, segment: &[u8], class: Class) -> bool {
        self.class == class && self.segment == segment
    }

    /// For the first [`LOOKUP`] bits.
    #[inline(always)]
    pub(super) fn entry(&self, bits: u32) -> Entry {
        self.entries[bits as usize & ((1 << LOOKUP) - 1)]
    }

    /// For the first 16 bits where [`Self::entry`] knows nothing; of one number at most. `None` if they are no code or
    /// mean nothing.
    #[cold]
    pub(super) fn long(&self, bits: u32) -> Option<Entry> {
        // A code that fits into a look-up and yet has no entry means nothing.
        let length = (1..=16).find(|length| bits < self.ends[*length as usize])?;
        if length <= LOOKUP {
            return None;
        }
        let code = bits >> (16 - length);
        let place = code.wrapping_add(self.places[length as usize]);
        let symbol = *self.segment[16..].get(place as usize)?;
        let number = (symbol & 15 == 0).then_some(0);
        Some(Entry::new(symbol, length, self.class, number)).filter(|entry| entry.kind() != Kind::Other)
    }
}

/// The entries that begin with one code of `length` bits.
fn fill(entries: &mut [Entry], symbol: u8, length: u32, class: Class) {
    let size = u32::from(symbol & 15);
    if length + size > LOOKUP {
        return entries.fill(Entry::new(symbol, length, class, None));
    }
    let width = 1 << (LOOKUP - length - size);
    for (bits, entries) in (0..).zip(entries.chunks_exact_mut(width)) {
        entries.fill(Entry::new(symbol, length, class, Some(extend(bits, size))));
    }
}

/// The number of `size` bits, at most 15 (T.81 F.2.2.1, EXTEND).
#[inline(always)]
pub(super) fn extend(bits: u32, size: u32) -> i16 {
    // Without the highest bit, the numbers below zero: -(2^size - 1) and up.
    let negative = bits >> size.saturating_sub(1) == 0 && size > 0;
    (bits as i32 - i32::from(negative) * ((1 << size) - 1)) as i16
}

thread_local! {
    /// The last tables made, the oldest first.
    static RECENT: RefCell<Vec<Rc<Table>>> = const { RefCell::new(Vec::new()) };
}

/// Tables kept: enough for two sets of four.
const KEPT: usize = 8;

/// As [`Table::new`]. Nearly every file has the tables of T.81 Annex K.3, so one that this thread made of late is not
/// made again.
pub(super) fn table(segment: &[u8], class: Class) -> Option<Rc<Table>> {
    RECENT.with_borrow_mut(|recent| {
        let known = recent.iter().find(|table| table.is(segment, class));
        if let Some(table) = known {
            return Some(Rc::clone(table));
        }
        let table = Rc::new(Table::new(segment, class)?);
        if recent.len() == KEPT {
            recent.remove(0);
        }
        recent.push(Rc::clone(&table));
        Some(table)
    })
}
