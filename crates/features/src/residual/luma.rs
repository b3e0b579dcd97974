//! Counts that two families of luma share.

use super::{Counts, DctWorkspace, ResidualInput, Steps, dct_counts};

/// q of the quantisers, coarse and fine.
pub const COARSE: f32 = 4.0;
pub const FINE: f32 = 1.0;

/// Samples of the largest plane to be remembered: 16 MiB.
const REMEMBERED: usize = 1 << 22;

/// Counts of the responses of the plane seen last to DCT kernels. A family that reads the same plane next finds
/// them done; what it gets is the same either way.
#[derive(Default)]
pub struct LumaCounts {
    samples: Vec<f32>,
    width: usize,
    grid: (usize, usize),
    coarse: [Counts; 1],
    fine: Option<[Counts; 1]>,
    /// Both were asked for of one plane, and are likely to be of the next: together they cost less.
    together: bool,
}

impl LumaCounts {
    /// By the coarse quantiser.
    pub fn coarse(&mut self, source: &ResidualInput, workspace: &mut DctWorkspace) -> &Counts {
        if !self.remembers(source) {
            self.count(source, workspace);
        }
        &self.coarse[0]
    }

    /// By the fine quantiser and the coarse one.
    pub fn both(&mut self, source: &ResidualInput, workspace: &mut DctWorkspace) -> [&Counts; 2] {
        self.together = true;
        if !self.remembers(source) {
            self.count(source, workspace);
        }
        let [fine] = self.fine.get_or_insert_with(|| {
            let mut fine = [Counts::default()];
            dct_counts(source, &[Steps::new(FINE)], &mut fine, workspace);
            fine
        });
        [fine, &self.coarse[0]]
    }

    fn remembers(&self, source: &ResidualInput) -> bool {
        self.width == source.plane.width && self.grid == source.grid && self.samples == source.plane.samples
    }

    fn count(&mut self, source: &ResidualInput, workspace: &mut DctWorkspace) {
        self.samples.clear();
        if source.plane.samples.len() <= REMEMBERED {
            self.samples.extend_from_slice(&source.plane.samples);
        }
        (self.width, self.grid) = (source.plane.width, source.grid);
        if self.together {
            let [coarse] = std::mem::take(&mut self.coarse);
            let [fine] = self.fine.take().unwrap_or_default();
            let mut counts = [coarse, fine];
            dct_counts(source, &[COARSE, FINE].map(Steps::new), &mut counts, workspace);
            let [coarse, fine] = counts;
            (self.coarse, self.fine) = ([coarse], Some([fine]));
        } else {
            self.fine = None;
            dct_counts(source, &[Steps::new(COARSE)], &mut self.coarse, workspace);
        }
    }
}
