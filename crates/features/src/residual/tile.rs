//! The part of a plane under a row of kernels.

use super::{ResidualInput, SIDE, TILE, WIDEST};

/// Samples of a tile in one row, and as many past them as any register may read.
pub type Samples = [f32; TILE + WIDEST];

/// The samples under the kernels of one row of responses.
pub struct Tile {
    pub rows: [Samples; SIDE],
    /// Responses of the tile.
    pub responses: usize,
    /// Place of the row of responses in the grid.
    pub place: usize,
}

impl Default for Tile {
    fn default() -> Self {
        Self {
            rows: [[0.0; TILE + WIDEST]; SIDE],
            responses: 0,
            place: 0,
        }
    }
}

impl Tile {
    /// Takes up the tile that begins at (x, y). Past its samples it has zeros.
    pub fn take(&mut self, source: &ResidualInput, (x, y): (usize, usize)) {
        self.responses = (source.responses().0 - x).min(TILE);
        self.place = (y + source.grid.1) % SIDE;
        let samples = self.responses + SIDE - 1;
        for (row, y) in self.rows.iter_mut().zip(y..) {
            row[..samples].copy_from_slice(&source.plane.samples[y * source.plane.width + x..][..samples]);
            row[samples..].fill(0.0);
        }
    }

    /// The least and the greatest sample.
    pub fn range(&self) -> (f32, f32) {
        let samples = self.rows.iter().flat_map(|row| &row[..self.responses + SIDE - 1]);
        samples.fold((f32::INFINITY, f32::NEG_INFINITY), |(least, most), sample| {
            (least.min(*sample), most.max(*sample))
        })
    }
}
