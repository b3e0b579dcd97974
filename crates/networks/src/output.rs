//! What a network gives, as the trainer knows it.

use burn::tensor::activation::log_sigmoid;
use burn::tensor::{Tensor, TensorData};

use super::loss::{auc_loss, class_loss, row};
use dftective_classify::LossParams;

/// What a network gives for a batch of items: a matrix of terms, items × terms, each the log-odds of fake by a part of
/// the network, and how they make the one logit of an item and its loss.
///
/// Every loss is (1 − a)·C + a·A, see [`LossParams`]. A is over the pairs of items' [`logits`](Self::logits) whatever the
/// output, as that is the order by which detectors are measured.
#[derive(Clone, Debug)]
pub struct Output {
    terms: Tensor<2>,
    rule: Rule,
}

/// How the terms of an item make its logit and its loss.
#[derive(Clone, Debug)]
enum Rule {
    /// The logit is the mean of its first so many terms, an item; the loss is the mean of theirs. The others are 0.
    Mean(Vec<usize>),
    /// The logit is that of the mean of the terms' probabilities; the loss is the sum of theirs.
    MeanProbability,
}

impl Output {
    /// A logit an item: \[n\]. C is the mean over the items.
    pub fn logit(logits: Tensor<1>) -> Self {
        Self::over_time(logits.unsqueeze_dim(1))
    }

    /// Logits over time: \[n, t\], at least one step. The logit of an item is the mean over its steps. Each step is
    /// judged against the item's label; C is the mean over the steps of an item, then over the items. After the loss of
    /// single frames of Pu et al. ("Learning a deep dual-level network for robust deepfake detection", Pattern
    /// Recognition 2022), whose A is over pairs of frames.
    pub fn over_time(logits: Tensor<2>) -> Self {
        let [items, steps] = logits.dims();
        Self {
            terms: logits,
            rule: Rule::Mean(vec![steps; items]),
        }
    }

    /// [`Self::over_time`] of items that have but so many steps each; what stands behind them does not count, whatever
    /// it is.
    ///
    /// # Panics
    /// Unless there is a length for each item, from 1 to t.
    pub fn over_time_until(logits: Tensor<2>, lengths: Vec<usize>) -> Self {
        let [items, steps] = logits.dims();
        assert!(
            lengths.len() == items && lengths.iter().all(|length| (1..=steps).contains(length)),
            "lengths {lengths:?} of {items} items of {steps} steps"
        );
        let beyond = lengths
            .iter()
            .flat_map(|&length| (0..steps).map(move |step| step >= length));
        let beyond = TensorData::new(beyond.collect(), [items, steps]);
        let device = logits.device();
        Self {
            terms: logits.mask_fill(Tensor::from_data(beyond, &device), 0.0),
            rule: Rule::Mean(lengths),
        }
    }

    /// Vectors of output capsules: \[n, 2, d\], the capsule of real images and that of fakes. A term is the fake
    /// capsule's value in one dimension less the real one's. C is the sum over the dimensions of the losses of a softmax
    /// over the two capsules, and the probability of fake is the mean over the dimensions.
    ///
    /// After Nguyen, Yamagishi, Echizen ("Use of a capsule network to detect fake images and videos", arXiv 1910.12467,
    /// 2019) and their program's second version; its first takes a softmax of the softmax. They number real 0 and fake 1
    /// as here, the first version the other way round.
    ///
    /// # Panics
    /// burn panics at other than two capsules.
    pub fn capsules(vectors: Tensor<3>) -> Self {
        let [items, _, dimensions] = vectors.dims();
        let pair = vectors.reshape([items, 2, dimensions]);
        let of = |class| pair.clone().narrow(1, class, 1).squeeze_dim::<2>(1);
        Self {
            terms: of(1) - of(0),
            rule: Rule::MeanProbability,
        }
    }

    /// The outputs of several batches of one network, as if they had been one batch.
    ///
    /// # Panics
    /// burn panics where there are none, or they have not the same terms.
    pub(crate) fn cat(outputs: Vec<Self>) -> Self {
        let mut rule = Rule::MeanProbability;
        let mut terms = Vec::with_capacity(outputs.len());
        for output in outputs {
            terms.push(output.terms);
            rule = match (rule, output.rule) {
                (Rule::Mean(mut all), Rule::Mean(lengths)) => {
                    all.extend(lengths);
                    Rule::Mean(all)
                }
                (_, of_batch) => of_batch,
            };
        }
        Self {
            terms: Tensor::cat(terms, 0),
            rule,
        }
    }

    /// The logit of each item, positive for fake: \[n\].
    pub fn logits(&self) -> Tensor<1> {
        let terms = self.terms.clone();
        let items = terms.dims()[0];
        match &self.rule {
            Rule::Mean(lengths) => {
                let counts = row(lengths.iter().map(|&length| length as f64), &terms.device());
                terms.sum_dim(1).reshape([items]) / counts
            }
            // The number of terms is the same for both and drops out of the difference.
            Rule::MeanProbability => {
                let fake = log_sum_exp(log_sigmoid(terms.clone()));
                let real = log_sum_exp(log_sigmoid(-terms));
                fake - real
            }
        }
    }

    /// The loss of the batch, one number. `fake` are the labels, `weights` those of a fake and of a real item.
    ///
    /// # Panics
    /// Unless there are as many labels as items.
    pub fn loss(&self, fake: &[bool], weights: (f64, f64), params: &LossParams) -> Tensor<1> {
        let [items, count] = self.terms.dims();
        let repeated: Vec<bool> = fake.iter().flat_map(|&fake| vec![fake; count]).collect();
        // The mean over all terms is then the mean over the items.
        let of_terms = |item: usize| -> Vec<f64> {
            let of_class = if fake[item] { weights.0 } else { weights.1 };
            match &self.rule {
                Rule::Mean(lengths) => {
                    let length = lengths[item];
                    let each = of_class * (count as f64 / length as f64);
                    (0..count)
                        .map(|term| if term < length { each } else { 0.0 })
                        .collect()
                }
                Rule::MeanProbability => vec![of_class * count as f64; count],
            }
        };
        let of_terms: Vec<f64> = (0..items).flat_map(of_terms).collect();
        let terms = self.terms.clone().reshape([items * count]);
        let by_class = class_loss(terms, &repeated, &of_terms, params.focal);
        if params.auc == 0.0 {
            return by_class;
        }
        by_class * (1.0 - params.auc) + auc_loss(self.logits(), fake, params) * params.auc
    }
}

/// ln Σ exp over the terms of each item, without overflow.
fn log_sum_exp(terms: Tensor<2>) -> Tensor<1> {
    let items = terms.dims()[0];
    let largest = terms.clone().max_dim(1).detach();
    let sum = (terms - largest.clone()).exp().sum_dim(1);
    (sum.log() + largest).reshape([items])
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    const FAKE: [bool; 3] = [true, false, true];
    const WEIGHTS: (f64, f64) = (1.5, 0.75);

    fn sigmoid(z: f64) -> f64 {
        1.0 / (1.0 + (-z).exp())
    }

    /// The loss of one logit.
    fn one(z: f64, fake: bool, params: &LossParams) -> f64 {
        let q = sigmoid(if fake { z } else { -z });
        let weight = if fake { WEIGHTS.0 } else { WEIGHTS.1 };
        weight * (1.0 - q).powf(params.focal) * -q.ln()
    }

    /// (1 − a)·C + a·A of items with these losses and logits.
    fn mixed(losses: &[f64], logits: &[f64], params: &LossParams) -> f64 {
        let (mut sum, mut pairs) = (0.0, 0);
        for (a, _) in logits.iter().zip(FAKE).filter(|(_, fake)| *fake) {
            for (b, _) in logits.iter().zip(FAKE).filter(|(_, fake)| !*fake) {
                let missing = params.auc_margin - (sigmoid(*a) - sigmoid(*b));
                if missing > 0.0 {
                    sum += missing.powf(params.auc_power);
                    pairs += 1;
                }
            }
        }
        let by_class = losses.iter().sum::<f64>() / losses.len() as f64;
        (1.0 - params.auc) * by_class + params.auc * sum / f64::from(pairs.max(1))
    }

    /// Of three items with `values.len() / 3` numbers each: the loss, and the logits.
    type ByHand = fn(&[f64], &LossParams) -> (f64, Vec<f64>);

    /// Numbers, the output they are, and what is expected of it.
    type Case<'a> = (&'a [f64], fn(Tensor<1>) -> Output, ByHand);

    fn over_time(values: &[f64], params: &LossParams, lengths: [usize; 3]) -> (f64, Vec<f64>) {
        let items = values.chunks(values.len() / 3).zip(lengths).zip(FAKE);
        let (losses, logits): (Vec<f64>, Vec<f64>) = items
            .map(|((steps, length), fake)| {
                let steps = &steps[..length];
                let loss: f64 = steps.iter().map(|&z| one(z, fake, params)).sum();
                (loss / length as f64, steps.iter().sum::<f64>() / length as f64)
            })
            .unzip();
        (mixed(&losses, &logits, params), logits)
    }

    /// Cross-entropies of softmaxes over the capsules, dimension by dimension, as the paper's program has them.
    fn capsules(values: &[f64], params: &LossParams) -> (f64, Vec<f64>) {
        let items = values.chunks(values.len() / 3).zip(FAKE);
        let (losses, logits): (Vec<f64>, Vec<f64>) = items
            .map(|(item, fake)| {
                let (real_capsule, fake_capsule) = item.split_at(item.len() / 2);
                let dimensions = real_capsule.iter().zip(fake_capsule);
                let (mut loss, mut probability) = (0.0, 0.0);
                for (a, b) in dimensions {
                    let p = b.exp() / (a.exp() + b.exp());
                    let q = if fake { p } else { 1.0 - p };
                    let weight = if fake { WEIGHTS.0 } else { WEIGHTS.1 };
                    loss += weight * (1.0 - q).powf(params.focal) * -q.ln();
                    probability += p / real_capsule.len() as f64;
                }
                (loss, (probability / (1.0 - probability)).ln())
            })
            .unzip();
        (mixed(&losses, &logits, params), logits)
    }

    #[test]
    fn losses_logits_and_slopes_are_those_of_the_formulas() {
        let mut values: Vec<f64> = (0..24).map(|n| f64::from((n * 7 + 3) % 24) / 8.0 - 1.4).collect();
        // Beyond the second item's length: does not count, whatever it is.
        values[15] = f64::INFINITY;
        let of_shape: [Case<'_>; 4] = [
            (
                &values[..3],
                |values| Output::logit(values),
                |values, params| over_time(values, params, [1; 3]),
            ),
            (
                &values[..15],
                |values| Output::over_time(values.reshape([3, 5])),
                |values, params| over_time(values, params, [5; 3]),
            ),
            (
                &values,
                |values| Output::over_time_until(values.reshape([3, 8]), vec![8, 7, 1]),
                |values, params| over_time(values, params, [8, 7, 1]),
            ),
            (
                &values[16..22],
                |values| Output::capsules(values.reshape([3, 2, 1])),
                capsules,
            ),
        ];
        let capsules: Case<'_> = (
            &[
                0.5, -0.2, 0.1, -0.8, 0.7, 0.3, 0.9, -0.4, 0.2, 0.6, -0.5, 0.4, 0.0, 0.8, -0.1, 0.35, -0.6,
                0.15,
            ],
            |values| Output::capsules(values.reshape([3, 2, 3])),
            capsules,
        );
        let plain = LossParams::default();
        let kinds = [
            plain,
            LossParams {
                focal: 1.5,
                auc: 0.3,
                auc_margin: 1.0,
                ..plain
            },
        ];
        let device = Device::flex().autodiff();
        for (values, output, by_hand) in of_shape.into_iter().chain([capsules]) {
            for params in kinds {
                let single: Vec<f32> = values.iter().map(|&value| value as f32).collect();
                let values: Vec<f64> = single.iter().copied().map(f64::from).collect();
                let leaf =
                    Tensor::<1>::from_data(TensorData::new(single, [values.len()]), &device).require_grad();
                let found = output(leaf.clone());
                let loss = found.loss(&FAKE, WEIGHTS, &params);
                let gradients = loss.backward();
                let slopes: Vec<f64> = leaf.grad(&gradients).unwrap().into_data().iter().collect();
                let (expected, logits) = by_hand(&values, &params);
                // A few single-precision roundings of sums of at most 24 terms near 1.
                assert!((loss.into_scalar::<f64>() - expected).abs() < 2e-6, "{params:?}");
                for (found, expected) in found.logits().into_data().iter::<f64>().zip(logits) {
                    assert!((found - expected).abs() < 2e-6, "{found} {expected}");
                }
                for (place, slope) in slopes.into_iter().enumerate() {
                    // Central differences in double precision, off by h² or some 1e-10.
                    let moved = |by: f64| {
                        let mut values = values.clone();
                        values[place] += by;
                        by_hand(&values, &params).0
                    };
                    let expected = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                    assert!(
                        (slope - expected).abs() < 2e-6,
                        "{params:?}, {place}: {slope} {expected}"
                    );
                }
            }
        }
    }

    #[test]
    fn batches_together_are_one() {
        let device = Device::flex();
        let values = |count: usize| -> Tensor<1> {
            let values: Vec<f32> = (0..count).map(|n| (n as f32 * 0.7).sin()).collect();
            Tensor::from_data(TensorData::new(values, [count]), &device)
        };
        let params = LossParams::default();
        let whole = [
            Output::over_time_until(values(6).reshape([3, 2]), vec![2, 1, 2]),
            Output::capsules(values(12).reshape([3, 2, 2])),
        ];
        let parts = [
            vec![
                Output::over_time_until(values(6).narrow(0, 0, 4).reshape([2, 2]), vec![2, 1]),
                Output::over_time(values(6).narrow(0, 4, 2).reshape([1, 2])),
            ],
            vec![
                Output::capsules(values(12).narrow(0, 0, 4).reshape([1, 2, 2])),
                Output::capsules(values(12).narrow(0, 4, 8).reshape([2, 2, 2])),
            ],
        ];
        for (whole, parts) in whole.into_iter().zip(parts) {
            let together = Output::cat(parts);
            assert_eq!(together.logits().into_data(), whole.logits().into_data());
            let loss = |output: &Output| output.loss(&FAKE, WEIGHTS, &params).into_data();
            assert_eq!(loss(&together), loss(&whole));
        }
    }

    #[test]
    fn a_mean_probability_near_0_or_1_keeps_its_logit() {
        let device = Device::flex();
        // 80 and 80: exp(−80) would be lost beside 1 in single precision.
        for (terms, expected) in [
            ([80.0, 80.0], 80.0),
            ([-90.0, -90.0], -90.0),
            ([90.0, -90.0], 0.0),
        ] {
            let pair = Tensor::<3>::from_floats([[[0.0, 0.0], terms]], &device);
            let found: f32 = Output::capsules(pair).logits().into_scalar();
            assert!((found - expected).abs() < 1e-4, "{found} {expected}");
        }
    }

    #[test]
    #[should_panic(expected = "lengths [3, 0] of 2 items of 3 steps")]
    fn an_item_without_steps_has_no_logit() {
        let logits = Tensor::<2>::zeros([2, 3], &Device::flex());
        Output::over_time_until(logits, vec![3, 0]);
    }
}
