//! What is remembered of luma never shows.

use super::*;
use crate::residual::counts::Counts;
use crate::residual::luma::{COARSE, FINE};
use crate::residual::{DctWorkspace, LumaCounts, Steps, dct_counts};

fn histograms(counts: &Counts, source: &ResidualInput) -> Vec<[[u64; BINS]; CLASSES]> {
    (0..64)
        .map(|kernel| counts.histogram(kernel, 1, source))
        .collect()
}

#[test]
fn any_order_of_planes_and_questions_gives_the_same() {
    let mut workspace = DctWorkspace::default();
    let planes = [
        plane(20, 30, Content::Waves),
        plane(30, 20, Content::Waves),
        plane(20, 30, Content::Noise),
    ];
    let grids = [(0, 0), (3, 0), (0, 3)];
    let sources: Vec<ResidualInput> = planes
        .iter()
        .flat_map(|plane| grids.map(|grid| ResidualInput { plane, grid }))
        .collect();
    let mut luma = LumaCounts::default();
    // Each plane twice in a row, then the next; coarse first, then both, then the other way round.
    for both_first in [false, false, true, true] {
        for source in &sources {
            let mut expected: [Counts; 2] = Default::default();
            let steps = [FINE, COARSE].map(Steps::new);
            dct_counts(source, &steps, &mut expected, &mut workspace);
            let [fine, coarse] = expected.map(|counts| histograms(&counts, source));
            for both in [both_first, !both_first] {
                if both {
                    let found = luma.both(source, &mut workspace);
                    assert_eq!(
                        found.map(|counts| histograms(counts, source)),
                        [fine.clone(), coarse.clone()]
                    );
                } else {
                    assert_eq!(histograms(luma.coarse(source, &mut workspace), source), coarse);
                }
            }
        }
    }
}
