//! Huffman coding (T.81 F.1.2 and G.1.2).

use super::{Script, Writer, ac_part, dc_part, stuffed};
use crate::jpeg::coefficients::{Block, NATURAL};

/// All sizes, with codes of 5 bits.
pub(in super::super) fn dc_table() -> Vec<u8> {
    table(&[(5, 16)])
}

/// All symbols, the first 60 with codes of 7 bits and the others with 9.
pub(in super::super) fn ac_table() -> Vec<u8> {
    table(&[(7, 60), (9, 196)])
}

/// As a segment has it: how many codes there are of a length, and 0, 1, … as symbols.
fn table(counts: &[(usize, u8)]) -> Vec<u8> {
    let mut segment = vec![0; 16];
    for (length, count) in counts {
        segment[length - 1] = *count;
    }
    let symbols = counts.iter().map(|(_, count)| u16::from(*count)).sum();
    segment.extend((0..symbols).map(|symbol| symbol as u8));
    segment
}

/// The code of a symbol in one of these tables, and its length.
fn code(symbol: u8, table: &[u8]) -> (u32, u32) {
    let (mut code, mut place) = (0, 0);
    for (length, count) in (1..).zip(&table[..16]) {
        let count = u32::from(*count);
        if u32::from(symbol) < place + count {
            return (code + u32::from(symbol) - place, length);
        }
        (code, place) = ((code + count) << 1, place + count);
    }
    panic!("no code");
}

#[derive(Default)]
pub(in super::super) struct Huffman {
    bits: Vec<bool>,
    predictors: [i32; 4],
    /// Blocks that ended without more coefficients, and the bits of known ones in them.
    ended: u32,
    waiting: Vec<bool>,
}

impl Huffman {
    fn put(&mut self, value: u32, length: u32) {
        self.bits
            .extend((0..length).rev().map(|bit| value >> bit & 1 == 1));
    }

    /// Symbols of the table for DC (true) or AC coefficients, each with a number that is not zero and has as many bits as
    /// the symbol says, or 0 for none.
    pub(in super::super) fn raw(&mut self, symbols: &[(u8, i32, bool)]) {
        for (symbol, number, is_dc) in symbols {
            self.symbol(*symbol, &if *is_dc { dc_table() } else { ac_table() });
            self.number(*number, size(*number));
        }
    }

    fn symbol(&mut self, symbol: u8, table: &[u8]) {
        let (code, length) = code(symbol, table);
        self.put(code, length);
    }

    /// A number of `size` bits, those below zero less 1.
    fn number(&mut self, value: i32, size: u32) {
        let value = if value < 0 { value - 1 } else { value };
        self.put(value as u32 & ((1 << size) - 1), size);
    }

    fn dc(&mut self, number: usize, value: i32) {
        let difference = value - self.predictors[number];
        self.predictors[number] = value;
        let size = size(difference);
        self.symbol(size as u8, &dc_table());
        self.number(difference, size);
    }

    fn ac(&mut self, run: &mut u32, value: i32) {
        while *run > 15 {
            self.symbol(0xF0, &ac_table());
            *run -= 16;
        }
        let size = size(value);
        self.symbol((*run << 4 | size) as u8, &ac_table());
        self.number(value, size);
        *run = 0;
    }

    /// Tells of the blocks that ended.
    fn tell(&mut self) {
        if self.ended > 0 {
            let length = self.ended.ilog2();
            self.symbol((length << 4) as u8, &ac_table());
            self.put(self.ended - (1 << length), length);
            self.ended = 0;
        }
        let waiting = std::mem::take(&mut self.waiting);
        self.bits.extend(waiting);
    }

    fn sequential(&mut self, number: usize, block: &Block) {
        self.dc(number, block[0].into());
        let mut run = 0;
        for place in &NATURAL[1..] {
            match block[*place] {
                0 => run += 1,
                value => self.ac(&mut run, value.into()),
            }
        }
        if run > 0 {
            self.symbol(0, &ac_table());
        }
    }

    fn first(&mut self, block: &Block, [start, end]: [u8; 2], low: u8) {
        let mut run = 0;
        for place in &NATURAL[start.into()..=end.into()] {
            match ac_part(block[*place], low) {
                0 => run += 1,
                value => {
                    self.tell();
                    self.ac(&mut run, value);
                }
            }
        }
        self.end(run > 0);
    }

    fn end(&mut self, is_open: bool) {
        self.ended += u32::from(is_open);
        if self.ended == 0x7FFF {
            self.tell();
        }
    }

    fn refine(&mut self, block: &Block, [start, end]: [u8; 2], low: u8) {
        let band = &NATURAL[start.into()..=end.into()];
        let part = |place: &usize| ac_part(block[*place], low);
        let last_new = band.iter().rposition(|place| part(place).abs() == 1);
        let mut run = 0;
        let mut bits = Vec::new();
        for (k, place) in band.iter().enumerate() {
            let value = part(place);
            if value == 0 {
                run += 1;
                continue;
            }
            while run > 15 && last_new.is_some_and(|last| k <= last) {
                self.tell();
                self.symbol(0xF0, &ac_table());
                self.bits.append(&mut bits);
                run -= 16;
            }
            if value.abs() > 1 {
                bits.push(value.abs() & 1 == 1);
                continue;
            }
            self.tell();
            self.symbol((run << 4 | 1) as u8, &ac_table());
            self.put(u32::from(value > 0), 1);
            self.bits.append(&mut bits);
            run = 0;
        }
        let is_open = run > 0 || !bits.is_empty();
        self.waiting.extend(bits);
        self.end(is_open);
    }
}

impl Writer for Huffman {
    fn block(&mut self, number: usize, block: &Block, (_, band, high, low): &Script, progressive: bool) {
        match (progressive, band[0], high) {
            (false, ..) => self.sequential(number, block),
            (true, 0, 0) => self.dc(number, dc_part(block[0], *low)),
            (true, 0, _) => self.put(dc_part(block[0], *low) as u32 & 1, 1),
            (true, _, 0) => self.first(block, *band, *low),
            (true, ..) => self.refine(block, *band, *low),
        }
    }

    fn take(&mut self) -> Vec<u8> {
        self.tell();
        let bits = std::mem::take(self).bits;
        let byte =
            |bits: &[bool]| (0..8).fold(0, |byte, at| byte << 1 | u8::from(*bits.get(at).unwrap_or(&true)));
        stuffed(&bits.chunks(8).map(byte).collect::<Vec<_>>())
    }
}

/// Bits of a magnitude.
fn size(value: i32) -> u32 {
    32 - value.unsigned_abs().leading_zeros()
}
