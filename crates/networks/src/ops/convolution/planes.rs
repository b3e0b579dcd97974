//! Strips of maps, padded with zeros and taken apart by phases.

/// Floats in the widest register, and in a line of cache.
const WIDEST: usize = 16;

/// Floats of a gathered strip that stay in a core's second-level cache, with the results beside them.
const STRIP: usize = 1 << 16;

/// How many of `rows` to work on at once, if one of them takes `row` floats and each strip needs `reach` rows more.
pub fn strip_rows(rows: usize, row: usize, reach: usize) -> usize {
    let most = (STRIP / row).saturating_sub(reach).max(reach + 1).min(rows);
    rows.div_ceil(rows.div_ceil(most))
}

/// Floats that `pixels` take when read in registers.
pub fn padded(pixels: usize) -> usize {
    pixels.next_multiple_of(WIDEST)
}

/// The pixels to take of each map: from `origin` on, every `step`-th. Those outside the map are zeros.
pub struct Grid {
    pub origin: [isize; 2],
    pub step: [usize; 2],
    pub rows: usize,
    pub width: usize,
}

impl Grid {
    /// Floats from one gathered map to the next: lines of cache in an odd number, because the same pixel of many maps
    /// is read in turn, and maps a power of two apart would share a few places of the cache.
    pub fn plane(&self) -> usize {
        let lines = (self.rows * self.width).div_ceil(WIDEST);
        (lines | 1) * WIDEST
    }

    /// Appends the pixels of maps of `size` to `planes`, and zeros up to [`plane`](Self::plane) after each.
    pub fn gather(&self, maps: &[f32], size: [usize; 2], planes: &mut Vec<f32>) {
        let [height, width] = size;
        let rows = inside(self.origin[0], self.step[0], self.rows, height);
        let columns = inside(self.origin[1], self.step[1], self.width, width);
        for map in maps.chunks_exact(height * width) {
            let begin = planes.len();
            planes.resize(begin + self.plane(), 0.0);
            let plane = &mut planes[begin..];
            if columns.is_empty() {
                continue;
            }
            let left = source(self.origin[1], self.step[1], columns.start);
            for row in rows.clone() {
                let top = source(self.origin[0], self.step[0], row);
                let from = &map[top * width + left..(top + 1) * width];
                let to = &mut plane[row * self.width..][columns.clone()];
                if self.step[1] == 1 {
                    to.copy_from_slice(&from[..columns.len()]);
                } else {
                    to.iter_mut()
                        .zip(from.iter().step_by(self.step[1]))
                        .for_each(|(to, from)| *to = *from);
                }
            }
        }
    }
}

/// Zeros after the last plane, because whole registers are read up to `reach` past a row.
pub fn finish(planes: &mut Vec<f32>, reach: usize) {
    planes.resize(planes.len() + padded(reach) + WIDEST, 0.0);
}

/// Which of `count` grid points fall on one of `size` pixels.
fn inside(origin: isize, step: usize, count: usize, size: usize) -> std::ops::Range<usize> {
    let before = origin.min(0).unsigned_abs().div_ceil(step).min(count);
    let until = size.saturating_add_signed(-origin).div_ceil(step).min(count);
    before..until.max(before)
}

/// The pixel under a grid point that lies inside.
fn source(origin: isize, step: usize, point: usize) -> usize {
    (point * step).saturating_add_signed(origin)
}
