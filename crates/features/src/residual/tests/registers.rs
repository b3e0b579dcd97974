//! The same counts with registers of any width.

use pulp::{Scalar, Simd, WithSimd};

use super::*;
use crate::residual::counts::Counts;
use crate::residual::dct::DctResponses;
use crate::residual::turned::TurnedResponses;
use crate::residual::{ANGLES, DctWorkspace, Steps, TurnedWorkspace, dct_counts, gabor_sets, turned_counts};

/// Runs with the registers given.
trait Run {
    fn run<W: WithSimd>(&self, work: W) -> W::Output;
}

impl<S: Simd> Run for S {
    fn run<W: WithSimd>(&self, work: W) -> W::Output {
        self.vectorize(work)
    }
}

fn check(registers: &impl Run) {
    for (width, height) in [(8, 8), (37, 17), (281, 9)] {
        let plane = plane(width, height, Content::Waves);
        let source = ResidualInput {
            plane: &plane,
            grid: (6, 1),
        };
        let steps = [Steps::new(4.0)];
        let mut workspace = DctWorkspace::default();
        let (mut chosen, mut given) = ([Counts::default()], [Counts::default()]);
        dct_counts(&source, &steps, &mut chosen, &mut workspace);
        registers.run(DctResponses::new(&source, &steps, &mut given, &mut workspace));
        for kernel in 0..64 {
            let histogram = |counts: &[Counts; 1]| counts[0].histogram(kernel, 1, &source);
            assert_eq!(
                histogram(&chosen),
                histogram(&given),
                "DCT {kernel}, {width}x{height}"
            );
        }
        let sets = gabor_sets();
        let mut workspace = TurnedWorkspace::default();
        let (mut chosen, mut given) = (Counts::default(), Counts::default());
        turned_counts(&source, &sets, &mut chosen, &mut workspace);
        registers.run(TurnedResponses::new(&source, &sets, &mut given, &mut workspace));
        for kernel in 0..sets.len() * ANGLES {
            let histogram = |counts: &Counts| counts.histogram(kernel, 2, &source);
            assert_eq!(
                histogram(&chosen),
                histogram(&given),
                "Gabor {kernel}, {width}x{height}"
            );
        }
    }
}

#[test]
fn single_values_count_the_same() {
    check(&Scalar::new());
}

#[cfg(target_arch = "x86_64")]
#[test]
fn eight_values_count_the_same() {
    match pulp::x86::V3::try_new() {
        Some(registers) => check(&registers),
        None => println!("skipped: no AVX2"),
    }
}
