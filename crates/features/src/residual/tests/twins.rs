//! Counts of whole planes, equal to those of the definition rounded in order.

use proptest::prelude::*;

use super::*;
use crate::residual::counts::Counts;
use crate::residual::folded::{Folded, Part, QUARTER};
use crate::residual::gabor::{TURNS, Weights};
use crate::residual::{
    ANGLES, DctWorkspace, Steps, TurnedWorkspace, dct_counts, gabor_sets, pairwise, turned_counts,
};
use dftective_decode::dct::BASIS;

/// Responses to the DCT kernel (k, l): down, then across.
fn dct_responses(source: &ResidualInput, k: usize, l: usize) -> Vec<f32> {
    let mut responses = responses(source, |sample| {
        let column = |x| in_order((0..SIDE).map(|y| (sample(x, y), BASIS[k][y])));
        in_order((0..SIDE).map(|x| (column(x), BASIS[l][x])))
    });
    if k + l == 0 {
        let across = source.responses().0;
        let batches = responses.chunks((8192 / across).max(1) * across);
        let sum = batches.fold(0.0, |sum, batch| sum + pairwise::sum(batch));
        let mean = (f64::from(sum) / responses.len() as f64) as f32;
        responses.iter_mut().for_each(|response| *response -= mean);
    }
    responses
}

fn kernel_responses(source: &ResidualInput, kernel: &Weights) -> Vec<f32> {
    responses(source, |sample| {
        in_order((0..SIDE * SIDE).map(|index| (sample(index % SIDE, index / SIDE), kernel[index])))
    })
}

fn check_dct(source: &ResidualInput, workspace: &mut DctWorkspace) {
    let quantisers = [4.0, 1.5, 1.0];
    let mut counts: [Counts; 3] = Default::default();
    dct_counts(source, &quantisers.map(Steps::new), &mut counts, workspace);
    for kernel in 0..64 {
        let responses = dct_responses(source, kernel / SIDE, kernel % SIDE);
        for (q, counts) in quantisers.into_iter().zip(&counts) {
            let found = counts.histogram(kernel, 1, source);
            assert_eq!(
                found,
                histogram(source, &responses, q),
                "kernel {kernel}, q = {q}"
            );
        }
    }
}

fn check_turned(source: &ResidualInput, workspace: &mut TurnedWorkspace) {
    let sets = gabor_sets();
    let mut counts = Counts::default();
    turned_counts(source, &sets, &mut counts, workspace);
    for (index, set) in sets.iter().enumerate() {
        let mut expected = [[[0; BINS]; CLASSES]; ANGLES];
        for (turn, kernel) in set.kernels.iter().enumerate() {
            let one = histogram(source, &kernel_responses(source, kernel), set.quantiser);
            let sums = expected[turn.min(TURNS - turn)].as_flattened_mut();
            for (sum, count) in sums.iter_mut().zip(one.as_flattened()) {
                *sum += count;
            }
        }
        for (angle, expected) in expected.iter().enumerate() {
            let kernels = if angle.is_multiple_of(8) { 1 } else { 2 };
            let found = counts.histogram(index * ANGLES + angle, kernels, source);
            assert_eq!(found, *expected, "set {index}, angle {angle}");
        }
    }
}

/// A row of one response, of just a tile, of a tile and one response, of two tiles and some.
const WIDTHS: [usize; 6] = [8, 9, 263, 264, 271, 530];

#[test]
fn every_content_and_width_counts_as_defined() {
    let (mut dct, mut turned) = (DctWorkspace::default(), TurnedWorkspace::default());
    for content in CONTENTS {
        for width in WIDTHS {
            let plane = plane(width, 8 + width % 3, content);
            let source = ResidualInput {
                plane: &plane,
                grid: (width % 8, 5),
            };
            check_dct(&source, &mut dct);
            check_turned(&source, &mut turned);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn small_planes_count_as_defined(
        width in 8_usize..40,
        height in 8_usize..24,
        grid in (0_usize..8, 0_usize..8),
        content in prop::sample::select(&CONTENTS[..]),
    ) {
        let plane = plane(width, height, content);
        let source = ResidualInput { plane: &plane, grid };
        check_dct(&source, &mut DctWorkspace::default());
        check_turned(&source, &mut TurnedWorkspace::default());
    }
}

/// The response of a turn's parts to one plane of a kernel's size.
fn folded_response(folded: &Folded, turn: usize, samples: &[f32]) -> f32 {
    let sample = |x: usize, y: usize| samples[y * SIDE + x];
    let response = |part: usize| {
        let Part { symmetry, weights } = &folded.parts[part];
        let pair = |odd: bool, a: f32, b: f32| if odd { a - b } else { a + b };
        let last = SIDE - 1;
        let row = |x, y| pair(symmetry.odd_down, sample(x, y), sample(x, last - y));
        let fold = |x, y| pair(symmetry.odd_across, row(x, y), row(last - x, y));
        in_order((0..QUARTER).map(|index| (fold(index % (SIDE / 2), index / (SIDE / 2)), weights[index])))
    };
    let (first, second) = Folded::parts_of(turn);
    let second = second.map_or(0.0, response);
    if turn > TURNS / 2 {
        response(first) - second
    } else {
        response(first) + second
    }
}

/// No content takes a folded response further from that in order than the margin says.
#[test]
fn folded_responses_keep_within_the_margin() {
    for set in gabor_sets() {
        let mut largest: f64 = 0.0;
        for content in CONTENTS {
            let plane = plane(SIDE * SIDE, 24, content);
            for samples in plane.samples.as_chunks::<{ SIDE * SIDE }>().0 {
                let range = |(least, most): (f32, f32), sample: &f32| (least.min(*sample), most.max(*sample));
                let (least, most) = samples.iter().fold((f32::MAX, f32::MIN), range);
                let bound = set.margin.bound(least, most);
                for turn in 0..TURNS {
                    let kernel = &set.kernels[turn];
                    let response = in_order(samples.iter().copied().zip(kernel.iter().copied()));
                    let folded = folded_response(&set.folded, turn, samples);
                    let difference = (f64::from(response) - f64::from(folded)).abs();
                    assert!(
                        difference <= bound,
                        "{content:?}, turn {turn}: {difference} > {bound}"
                    );
                    largest = largest.max(difference / bound);
                }
            }
        }
        // A bound that were never near would say nothing of the kernels.
        assert!(largest > 0.005, "{largest}");
    }
}

/// A plane that is a kernel t times has t for its response: about a step, the last bits decide.
#[test]
fn responses_about_a_step_are_told_by_the_definition() {
    let mut workspace = TurnedWorkspace::default();
    let (mut below, mut folded_otherwise) = (0, 0);
    let sets = gabor_sets();
    for (index, set) in sets.iter().enumerate() {
        for turn in [0, 3, 8, 13] {
            for least in set.steps.0 {
                for ulps in -12..=12 {
                    let scale = least * (1.0 + ulps as f32 * f32::EPSILON);
                    let plane = Plane {
                        width: SIDE,
                        height: SIDE,
                        samples: set.kernels[turn]
                            .iter()
                            .map(|weight| 90.0 + weight * scale)
                            .collect(),
                    };
                    let source = ResidualInput {
                        plane: &plane,
                        grid: (0, 0),
                    };
                    let mut counts = Counts::default();
                    turned_counts(&source, &sets, &mut counts, &mut workspace);
                    let response = kernel_responses(&source, &set.kernels[turn])[0];
                    below += usize::from(response.abs() < least);
                    let angle = turn.min(TURNS - turn);
                    let mut expected = histogram(&source, &[response], set.quantiser);
                    if !angle.is_multiple_of(8) {
                        let other = kernel_responses(&source, &set.kernels[TURNS - turn]);
                        let other = histogram(&source, &other, set.quantiser);
                        for (sum, count) in expected[0].iter_mut().zip(other[0]) {
                            *sum += count;
                        }
                    }
                    let kernels = if angle.is_multiple_of(8) { 1 } else { 2 };
                    let found = counts.histogram(index * ANGLES + angle, kernels, &source);
                    assert_eq!(found, expected, "set {index}, turn {turn}, {ulps} ulps");
                    let unfolded = folded_response(&set.folded, turn, &plane.samples);
                    folded_otherwise += usize::from((unfolded.abs() < least) != (response.abs() < least));
                }
            }
        }
    }
    // Both sides were met, and the folded response alone would have been wrong now and then.
    let all = sets.len() * 4 * 4 * 25;
    assert!(below > all / 5 && below < all * 4 / 5, "{below} of {all}");
    assert!(folded_otherwise > 0);
}
