//! Files from coefficients, in every coding, as plainly as can be.

pub(super) mod arithmetic;
pub(super) mod huffman;

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::jpeg::coefficients::{Block, NATURAL};

/// A picture as its coefficients.
#[derive(Clone)]
pub(super) struct Source {
    pub width: usize,
    pub height: usize,
    pub components: Vec<Component>,
}

#[derive(Clone)]
pub(super) struct Component {
    pub id: u8,
    pub horizontal: usize,
    pub vertical: usize,
    /// In zigzag order.
    pub table: [u8; 64],
    /// Rows of blocks, also those that only complete a unit.
    pub blocks: Vec<Vec<Block>>,
}

/// A scan: places of its components, its band, the lowest bits sent before and by it.
pub(super) type Script = (&'static [usize], [u8; 2], u8, u8);

/// One scan of all components, in a picture of one or three.
pub(super) const ALONE: &[Script] = &[(&[0], [0, 63], 0, 0)];
pub(super) const TOGETHER: &[Script] = &[(&[0, 1, 2], [0, 63], 0, 0)];
pub(super) const APART: &[Script] = &[
    (&[2], [0, 63], 0, 0),
    (&[0], [0, 63], 0, 0),
    (&[1], [0, 63], 0, 0),
];
pub(super) const PARTLY: &[Script] = &[(&[0], [0, 63], 0, 0), (&[1, 2], [0, 63], 0, 0)];
pub(super) const PROGRESSIVE: &[Script] = &[
    (&[0, 1, 2], [0, 0], 0, 2),
    (&[0], [1, 5], 0, 2),
    (&[2], [1, 63], 0, 1),
    (&[1], [1, 63], 0, 0),
    (&[0], [6, 63], 0, 2),
    (&[0], [1, 63], 2, 1),
    (&[0, 1, 2], [0, 0], 2, 1),
    (&[1], [0, 0], 1, 0),
    (&[0, 2], [0, 0], 1, 0),
    (&[2], [1, 63], 1, 0),
    (&[0], [1, 63], 1, 0),
];

/// How a file is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Coding {
    pub scans: &'static [Script],
    pub progressive: bool,
    pub arithmetic: bool,
    /// Units between restart markers; 0 for none.
    pub interval: usize,
    /// Bounds of small differences and the last low frequency.
    pub conditioning: Conditioning,
}

/// L, U and Kx (T.81 F.1.4.4), for the first slots.
pub(super) type Conditioning = (u8, u8, u8);
const USUAL: Conditioning = (0, 1, 5);

impl Coding {
    pub(super) fn huffman(scans: &'static [Script]) -> Self {
        Self {
            scans,
            progressive: false,
            arithmetic: false,
            interval: 0,
            conditioning: USUAL,
        }
    }
}

/// Writes the decisions of a scan, whichever way.
pub(super) trait Writer {
    /// A block of the component with this number in the scan.
    fn block(&mut self, number: usize, block: &Block, script: &Script, progressive: bool);
    /// What was written since the last time, with stuffed bytes; the next block begins afresh.
    fn take(&mut self) -> Vec<u8>;
}

impl Source {
    /// With few or many coefficients, large or small, in components with these sampling factors.
    pub(super) fn random(
        rng: &mut ChaCha8Rng,
        (width, height): (usize, usize),
        factors: &[(usize, usize)],
    ) -> Self {
        let most = |side: fn(&(usize, usize)) -> usize| factors.iter().map(side).max().unwrap();
        let units = (
            width.div_ceil(8 * most(|f| f.0)),
            height.div_ceil(8 * most(|f| f.1)),
        );
        let largest = [1, 20, 1000][rng.gen_range(0..3)];
        let density = [0.02, 0.2, 0.9][rng.gen_range(0..3)];
        let mut component = |number: usize, &(horizontal, vertical): &(usize, usize)| Component {
            id: number as u8 + 1,
            horizontal,
            vertical,
            table: std::array::from_fn(|_| rng.gen_range(1..=30)),
            blocks: (0..units.1 * vertical)
                .map(|_| {
                    let block = |_| {
                        // Often with an end long before the last coefficient.
                        let end = rng.gen_range(0..64);
                        let mut block = [0; 64];
                        for place in &NATURAL[..=end] {
                            if rng.gen_bool(density) {
                                block[*place] = rng.gen_range(-largest..=largest);
                            }
                        }
                        block
                    };
                    (0..units.0 * horizontal).map(block).collect()
                })
                .collect(),
        };
        Self {
            width,
            height,
            components: factors
                .iter()
                .enumerate()
                .map(|(number, f)| component(number, f))
                .collect(),
        }
    }

    pub(super) fn most(&self) -> (usize, usize) {
        let components = || self.components.iter();
        (
            components().map(|c| c.horizontal).max().unwrap(),
            components().map(|c| c.vertical).max().unwrap(),
        )
    }

    /// Size of a component in samples.
    pub(super) fn samples(&self, place: usize) -> (usize, usize) {
        let (component, most) = (&self.components[place], self.most());
        (
            (self.width * component.horizontal).div_ceil(most.0),
            (self.height * component.vertical).div_ceil(most.1),
        )
    }

    /// The blocks of a unit, each with its component's number in the scan; all units of the scan in their order.
    fn units(&self, places: &[usize]) -> Vec<Vec<(usize, &Block)>> {
        let mut units = Vec::new();
        if let [place] = places {
            let (width, height) = self.samples(*place);
            for row in &self.components[*place].blocks[..height.div_ceil(8)] {
                units.extend(row[..width.div_ceil(8)].iter().map(|block| vec![(0, block)]));
            }
            return units;
        }
        let most = self.most();
        for y in 0..self.height.div_ceil(8 * most.1) {
            for x in 0..self.width.div_ceil(8 * most.0) {
                let mut unit = Vec::new();
                for (number, place) in places.iter().enumerate() {
                    let component = &self.components[*place];
                    for row in 0..component.vertical {
                        for column in 0..component.horizontal {
                            let row = &component.blocks[y * component.vertical + row];
                            unit.push((number, &row[x * component.horizontal + column]));
                        }
                    }
                }
                units.push(unit);
            }
        }
        units
    }

    /// Segments before the first scan.
    pub(super) fn header(&self, coding: Coding) -> Vec<u8> {
        let mut bytes = vec![0xFF, 0xD8];
        for (slot, component) in self.components.iter().enumerate() {
            bytes.extend(segment(0xDB, &[&[slot as u8][..], &component.table].concat()));
        }
        let mut frame = vec![8];
        frame.extend((self.height as u16).to_be_bytes());
        frame.extend((self.width as u16).to_be_bytes());
        frame.push(self.components.len() as u8);
        for (slot, component) in self.components.iter().enumerate() {
            let factors = component.horizontal << 4 | component.vertical;
            frame.extend([component.id, factors as u8, slot as u8]);
        }
        let code = match (coding.arithmetic, coding.progressive) {
            (false, false) => 0xC1,
            (false, true) => 0xC2,
            (true, false) => 0xC9,
            (true, true) => 0xCA,
        };
        bytes.extend(segment(code, &frame));
        if !coding.arithmetic {
            bytes.extend(segment(0xC4, &[&[0x00][..], &huffman::dc_table()].concat()));
            bytes.extend(segment(0xC4, &[&[0x10][..], &huffman::ac_table()].concat()));
        }
        if coding.conditioning != USUAL {
            let (lower, upper, low) = coding.conditioning;
            bytes.extend(segment(0xCC, &[0x00, upper << 4 | lower, 0x10, low]));
        }
        if coding.interval > 0 {
            bytes.extend(segment(0xDD, &(coding.interval as u16).to_be_bytes()));
        }
        bytes
    }

    pub(super) fn scan_header(&self, (places, band, high, low): &Script) -> Vec<u8> {
        let mut content = vec![places.len() as u8];
        for place in *places {
            content.extend([self.components[*place].id, 0]);
        }
        content.extend([band[0], band[1], high << 4 | low]);
        segment(0xDA, &content)
    }

    /// The compressed data of each interval of a scan.
    pub(super) fn intervals(&self, script: &Script, coding: Coding) -> Vec<Vec<u8>> {
        let units = self.units(script.0);
        let length = if coding.interval == 0 {
            units.len()
        } else {
            coding.interval
        };
        let mut writer: Box<dyn Writer> = match coding.arithmetic {
            true => Box::new(arithmetic::Arithmetic::new(coding.conditioning)),
            false => Box::new(huffman::Huffman::default()),
        };
        units
            .chunks(length)
            .map(|units| {
                for (number, block) in units.iter().flatten() {
                    writer.block(*number, block, script, coding.progressive);
                }
                writer.take()
            })
            .collect()
    }

    /// The whole file.
    pub(super) fn file(&self, coding: Coding) -> Vec<u8> {
        let mut bytes = self.header(coding);
        for script in coding.scans {
            bytes.extend(self.scan_header(script));
            bytes.extend(with_markers(&self.intervals(script, coding)));
        }
        bytes.extend([0xFF, 0xD9]);
        bytes
    }
}

/// Intervals with restart markers between them.
pub(super) fn with_markers(intervals: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (number, interval) in intervals.iter().enumerate() {
        if number > 0 {
            bytes.extend([0xFF, 0xD0 + ((number - 1) % 8) as u8]);
        }
        bytes.extend(interval);
    }
    bytes
}

pub(super) fn segment(code: u8, content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u16 + 2).to_be_bytes();
    [&[0xFF, code][..], &length, content].concat()
}

/// A zero behind each FF.
pub(super) fn stuffed(bytes: &[u8]) -> Vec<u8> {
    let pair = |byte: &u8| if *byte == 0xFF { vec![0xFF, 0] } else { vec![*byte] };
    bytes.iter().flat_map(pair).collect()
}

/// What a scan sends of a DC coefficient: bits from `low` on (T.81 G.1.2.1).
pub(super) fn dc_part(coefficient: i16, low: u8) -> i32 {
    i32::from(coefficient) >> low
}

/// What a scan sends of an AC coefficient: bits of its magnitude from `low` on.
pub(super) fn ac_part(coefficient: i16, low: u8) -> i32 {
    i32::from(coefficient) / (1 << low)
}
