use serde::{Deserialize, Serialize};

use super::{Interval, MetricError, error::check, wilson};

/// How far scores can be taken at their word as probabilities of fake.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProbabilityMetrics {
    /// Mean of (score − label)², label 1 for fake (Brier 1950), in \[0, 1\]: 0 is perfect, always saying ½ gives ¼.
    pub brier_score: f64,
    /// Σ nᵢ/n · |mean score − share of fakes| over the [`bins`](Self::bins), in \[0, 1\] (Naeini, Cooper,
    /// Hauskrecht 2015): 0 is perfect.
    pub expected_calibration_error: f64,
    /// What the calibration error of scores that are exactly right would be about, because so few items scatter:
    /// Σ nᵢ/n · √(2vᵢ/π), where vᵢ = Σ score (1 − score)/nᵢ² is the variance of a bin's share of fakes, taken as
    /// normal. A calibration error of this size says nothing against the scores.
    pub calibration_error_by_chance: f64,
    /// The [`CALIBRATION_BINS`] bins of equal width, by rising score: the points of a reliability diagram.
    pub bins: Vec<ReliabilityBin>,
}

/// The items whose score lies above `low` and up to `high`; 0 belongs to the first bin.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ReliabilityBin {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Items, nᵢ.
    pub items: usize,
    /// Their mean score; `None` in an empty bin.
    pub mean_score: Option<f64>,
    /// Share of fakes among them; `None` in an empty bin.
    pub fakes: Option<f64>,
    /// Its 95 % interval (Wilson).
    pub fakes_interval: Option<Interval>,
}

/// Bins of the calibration error, as in Guo, Pleiss, Sun, Weinberger, "On calibration of modern neural networks"
/// (2017).
pub const CALIBRATION_BINS: usize = 15;

impl ProbabilityMetrics {
    /// Measures scores in \[0, 1\] against labels.
    ///
    /// # Errors
    /// Lengths that differ, no items, a score outside \[0, 1\], a class without items.
    pub fn from_scores(scores: &[f64], labels: &[bool]) -> Result<Self, MetricError> {
        check(scores, labels)?;
        if let Some((index, &value)) = scores.iter().enumerate().find(|(_, s)| !(0.0..=1.0).contains(*s)) {
            return Err(MetricError::Probability { index, value });
        }
        let n = scores.len() as f64;
        let edge = |i: usize| i as f64 / CALIBRATION_BINS as f64;
        let mut sums = [Sums::default(); CALIBRATION_BINS];
        let mut squares = 0.0;
        for (&score, &fake) in scores.iter().zip(labels) {
            let bin = (1..CALIBRATION_BINS).take_while(|&i| edge(i) < score).count();
            let sums = &mut sums[bin];
            sums.items += 1;
            sums.fakes += usize::from(fake);
            sums.scores += score;
            sums.variance += score * (1.0 - score);
            squares += (score - f64::from(u8::from(fake))).powi(2);
        }
        let gaps: f64 = sums.iter().map(|bin| (bin.scores - bin.fakes as f64).abs()).sum();
        let scatter: f64 = sums
            .iter()
            .map(|bin| (2.0 * bin.variance / std::f64::consts::PI).sqrt())
            .sum();
        let bin = |(i, sums): (usize, &Sums)| {
            let share = |sum: f64| (sums.items > 0).then(|| sum / sums.items as f64);
            ReliabilityBin {
                low: edge(i),
                high: edge(i + 1),
                items: sums.items,
                mean_score: share(sums.scores),
                fakes: share(sums.fakes as f64),
                fakes_interval: wilson(sums.fakes, sums.items).ok(),
            }
        };
        Ok(Self {
            brier_score: squares / n,
            expected_calibration_error: gaps / n,
            calibration_error_by_chance: scatter / n,
            bins: sums.iter().enumerate().map(bin).collect(),
        })
    }
}

/// Of one bin.
#[derive(Clone, Copy, Default)]
struct Sums {
    items: usize,
    fakes: usize,
    scores: f64,
    variance: f64,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn by_hand() -> Result<(), MetricError> {
        // 0.05 twice in the first bin, half of them fake; 0.95 twice in the last, both fake.
        let scores = [0.05, 0.05, 0.95, 0.95];
        let found = ProbabilityMetrics::from_scores(&scores, &[false, true, true, true])?;
        let close =
            |found: f64, expected: f64| assert!((found - expected).abs() < 1e-15, "{found} {expected}");
        close(found.brier_score, (3.0 * 0.05f64.powi(2) + 0.95f64.powi(2)) / 4.0);
        close(found.expected_calibration_error, (0.45 + 0.05) / 2.0);
        close(
            found.calibration_error_by_chance,
            (0.05 * 0.95 / std::f64::consts::PI).sqrt(),
        );
        assert_eq!(found.bins.len(), CALIBRATION_BINS);
        let [first, empty, .., last] = &found.bins[..] else {
            panic!("fifteen bins")
        };
        assert_eq!(
            (first.items, first.mean_score, first.fakes),
            (2, Some(0.05), Some(0.5))
        );
        assert_eq!(first.fakes_interval, wilson(1, 2).ok());
        assert_eq!((empty.items, empty.mean_score, empty.fakes), (0, None, None));
        assert_eq!((last.items, last.low, last.high), (2, 14.0 / 15.0, 1.0));
        Ok(())
    }

    #[test]
    fn what_is_perfect_and_what_says_nothing() -> Result<(), MetricError> {
        let labels = [false, true, false, true];
        let perfect = ProbabilityMetrics::from_scores(&[0.0, 1.0, -0.0, 1.0], &labels)?;
        assert_eq!(
            (perfect.brier_score, perfect.expected_calibration_error),
            (0.0, 0.0)
        );
        assert_eq!(perfect.calibration_error_by_chance, 0.0);
        let half = ProbabilityMetrics::from_scores(&[0.5; 4], &labels)?;
        assert_eq!((half.brier_score, half.expected_calibration_error), (0.25, 0.0));
        let wrong = ProbabilityMetrics::from_scores(&[1.0, 0.0, 1.0, 0.0], &labels)?;
        assert_eq!((wrong.brier_score, wrong.expected_calibration_error), (1.0, 1.0));
        Ok(())
    }

    #[test]
    fn bad_input_is_named() {
        let run = ProbabilityMetrics::from_scores;
        for bad in [-0.1, 1.0 + f64::EPSILON] {
            let error = run(&[0.5, bad], &[true, false]);
            assert_eq!(error, Err(MetricError::Probability { index: 1, value: bad }));
        }
        for bad in [f64::NAN, f64::INFINITY] {
            let error = run(&[0.5, bad], &[true, false]);
            assert!(matches!(error, Err(MetricError::Score { index: 1, .. })));
        }
        assert_eq!(run(&[], &[]), Err(MetricError::Empty));
        assert_eq!(
            run(&[0.1], &[]),
            Err(MetricError::Length { scores: 1, labels: 0 })
        );
        let single = MetricError::SingleClass { fake: 2, real: 0 };
        assert_eq!(run(&[0.2, 0.1], &[true, true]), Err(single));
    }

    /// Scores that are right about labels drawn with them.
    #[test]
    fn chance_alone_makes_the_error_it_is_said_to() -> Result<(), MetricError> {
        let mut rng = ChaCha8Rng::seed_from_u64(8);
        let scores: Vec<f64> = (0..600).map(|_| rng.r#gen()).collect();
        let (mut found, mut said) = (0.0, 0.0);
        for _ in 0..100 {
            let labels: Vec<bool> = scores.iter().map(|score| rng.gen_bool(*score)).collect();
            let metrics = ProbabilityMetrics::from_scores(&scores, &labels)?;
            found += metrics.expected_calibration_error / 100.0;
            said = metrics.calibration_error_by_chance;
        }
        // The error of one draw has a deviation of about 0.6/√15 of its mean, that of 100 draws of 0.016; the shares of
        // 40 items are not quite normal.
        assert!((found / said - 1.0).abs() < 0.06, "{found} {said}");
        Ok(())
    }

    #[derive(Deserialize)]
    struct Fixture {
        probability: Vec<Case>,
    }

    #[derive(Deserialize)]
    struct Case {
        scores: Vec<f64>,
        labels: Vec<bool>,
        brier_score: f64,
        expected_calibration_error: f64,
        items: Vec<usize>,
        mean_scores: Vec<f64>,
        fakes: Vec<f64>,
    }

    /// `crates/classify/fixtures/make.py` says how the file was made.
    #[test]
    fn agrees_with_scikit_learn() -> Result<(), Box<dyn std::error::Error>> {
        let text = include_str!("../../classify/fixtures/calibration.json");
        let fixture: Fixture = serde_json::from_str(text)?;
        assert!(fixture.probability.len() >= 3);
        for case in fixture.probability {
            let found = ProbabilityMetrics::from_scores(&case.scores, &case.labels)?;
            let filled: Vec<&ReliabilityBin> = found.bins.iter().filter(|bin| bin.items > 0).collect();
            assert_eq!(filled.iter().map(|bin| bin.items).collect::<Vec<_>>(), case.items);
            let values =
                |of: fn(&ReliabilityBin) -> Option<f64>| filled.iter().filter_map(move |bin| of(bin));
            let ours = [found.brier_score, found.expected_calibration_error]
                .into_iter()
                .chain(values(|bin| bin.mean_score))
                .chain(values(|bin| bin.fakes));
            let theirs = [case.brier_score, case.expected_calibration_error]
                .into_iter()
                .chain(case.mean_scores)
                .chain(case.fakes);
            for (ours, theirs) in ours.zip(theirs) {
                // Sums of at most 80 terms in [0, 1].
                assert!((ours - theirs).abs() < 1e-14, "{ours} {theirs}");
            }
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn figures_stay_in_range(
            items in prop::collection::vec((prop_oneof![0.0..=1.0f64, Just(0.0), Just(1.0)], any::<bool>()), 2..200),
        ) {
            let (scores, labels): (Vec<f64>, Vec<bool>) = items.into_iter().unzip();
            prop_assume!(labels.contains(&true) && labels.contains(&false));
            let found = ProbabilityMetrics::from_scores(&scores, &labels).expect("checked input");
            let n = scores.len();
            prop_assert_eq!(found.bins.iter().map(|bin| bin.items).sum::<usize>(), n);
            for bin in &found.bins {
                // The mean of equal scores may round beyond them.
                let inside = |mean: f64| bin.low - 1e-15 <= mean && mean <= bin.high + 1e-15;
                prop_assert!(bin.mean_score.is_none_or(inside), "{:?}", bin);
                prop_assert!(bin.fakes.is_none_or(|share| (0.0..=1.0).contains(&share)));
            }
            for value in [found.brier_score, found.expected_calibration_error, found.calibration_error_by_chance] {
                prop_assert!((0.0..=1.0).contains(&value), "{:?}", found);
            }
            // |gap|² is at most the mean squared error, bin by bin and over all (Jensen).
            prop_assert!(found.expected_calibration_error.powi(2) <= found.brier_score + 1e-12);
        }
    }
}
