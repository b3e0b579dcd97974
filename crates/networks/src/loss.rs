//! What training minimises, as tensors; the formulas stand at [`LossParams`].

use burn::tensor::{Device, Int, Tensor, TensorData, activation};

use dftective_classify::LossParams;

/// The mean of the losses of logits, each times its weight.
pub(super) fn class_loss(logits: Tensor<1>, fake: &[bool], weights: &[f64], focal: f64) -> Tensor<1> {
    let device = logits.device();
    let signs = fake.iter().map(|&fake| if fake { 1.0 } else { -1.0 });
    // The logit of the right class: its probability is q.
    let right = logits * row(signs, &device);
    // −ln q = ln(1 + exp(−x)), without overflow.
    let surprise = activation::relu(-right.clone()) + (-right.clone().abs()).exp().log1p();
    let focused = if focal > 0.0 {
        surprise * activation::sigmoid(-right).powf_scalar(focal)
    } else {
        surprise
    };
    (focused * row(weights.iter().copied(), &device)).mean()
}

/// Numbers on a device, which training does not change.
pub(super) fn row(values: impl Iterator<Item = f64>, device: &Device) -> Tensor<1> {
    let values: Vec<f32> = values.map(|value| value as f32).collect();
    let shape = [values.len()];
    Tensor::<1>::from_data(TensorData::new(values, shape), &device.clone().without_autodiff())
        .to_device(device)
}

/// The loss for the area under the ROC curve, over the pairs of the batch.
pub(super) fn auc_loss(logits: Tensor<1>, fake: &[bool], params: &LossParams) -> Tensor<1> {
    let device = logits.device();
    let places = |class: bool| -> Vec<i32> {
        let of_class = fake.iter().enumerate().filter(|(_, fake)| **fake == class);
        of_class.map(|(place, _)| place as i32).collect()
    };
    let (fakes, reals) = (places(true), places(false));
    if fakes.is_empty() || reals.is_empty() {
        return logits.sum() * 0.0;
    }
    let probability = activation::sigmoid(logits);
    let of = |places: Vec<i32>| {
        let count = places.len();
        let index = Tensor::<1, Int>::from_data(TensorData::new(places, [count]), &device);
        probability.clone().select(0, index)
    };
    let difference = of(fakes).unsqueeze_dim::<2>(1) - of(reals).unsqueeze_dim::<2>(0);
    let missing = activation::relu(difference * -1.0 + params.auc_margin);
    let violating: f32 = missing
        .clone()
        .without_autodiff()
        .greater_elem(0.0)
        .float()
        .sum()
        .into_scalar();
    missing.powf_scalar(params.auc_power).sum() / violating.max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Output;

    const LOGITS: [f32; 6] = [2.5, -0.5, 0.1, -40.0, 0.3, 60.0];
    const FAKE: [bool; 6] = [true, true, false, false, true, false];

    fn by_tensors(
        logits: &[f32],
        fake: &[bool],
        weights: (f64, f64),
        params: &LossParams,
    ) -> (f64, Vec<f64>) {
        let device = Device::flex().autodiff();
        let logits =
            Tensor::<1>::from_data(TensorData::new(logits.to_vec(), [logits.len()]), &device).require_grad();
        let loss = Output::logit(logits.clone()).loss(fake, weights, params);
        let gradients = loss.backward();
        let slope = logits
            .grad(&gradients)
            .unwrap()
            .into_data()
            .try_to_vec::<f32>()
            .unwrap();
        (
            f64::from(loss.into_scalar::<f32>()),
            slope.into_iter().map(f64::from).collect(),
        )
    }

    /// The formulas as they stand in the documentation, in double precision.
    fn by_hand(logits: &[f64], fake: &[bool], weights: (f64, f64), params: &LossParams) -> f64 {
        let probability = |z: f64| 1.0 / (1.0 + (-z).exp());
        let of_class = |z: f64, fake: bool| {
            let q = if fake { probability(z) } else { probability(-z) };
            // ln q of a logit of −60 is −60, where 1/(1 + exp(60)) still has all its digits.
            let weight = if fake { weights.0 } else { weights.1 };
            weight * (1.0 - q).powf(params.focal) * -q.ln()
        };
        let each = logits.iter().zip(fake).map(|(&z, &fake)| of_class(z, fake));
        let by_class = each.sum::<f64>() / logits.len() as f64;
        let (mut sum, mut pairs) = (0.0, 0);
        for (&a, _) in logits.iter().zip(fake).filter(|(_, fake)| **fake) {
            for (&b, _) in logits.iter().zip(fake).filter(|(_, fake)| !**fake) {
                let missing = params.auc_margin - (probability(a) - probability(b));
                if missing > 0.0 {
                    sum += missing.powf(params.auc_power);
                    pairs += 1;
                }
            }
        }
        (1.0 - params.auc) * by_class + params.auc * sum / f64::from(pairs.max(1))
    }

    #[test]
    fn losses_and_slopes_are_those_of_the_formulas() {
        let plain = LossParams::default();
        let kinds = [
            plain,
            LossParams { focal: 2.0, ..plain },
            LossParams { auc: 0.5, ..plain },
            LossParams {
                auc: 1.0,
                auc_power: 1.0,
                ..plain
            },
            LossParams {
                focal: 1.5,
                auc: 0.3,
                auc_margin: 1.0,
                ..plain
            },
        ];
        for params in kinds {
            let (found, slopes) = by_tensors(&LOGITS, &FAKE, (1.5, 0.75), &params);
            let logits = LOGITS.map(f64::from);
            let expected = by_hand(&logits, &FAKE, (1.5, 0.75), &params);
            // A few single-precision roundings of terms up to 60: 4 × 6e-8 of the value.
            assert!(
                (found - expected).abs() < 3e-7 * expected.max(1.0),
                "{params:?}: {found} {expected}"
            );
            for (place, slope) in slopes.iter().enumerate() {
                // Central differences in double precision: off by h², some 1e-9, and by the number of pairs that pass the
                // margin within the step, of which there are none here.
                let moved = |by: f64| {
                    let mut logits = logits;
                    logits[place] += by;
                    by_hand(&logits, &FAKE, (1.5, 0.75), &params)
                };
                let expected = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                assert!(
                    (slope - expected).abs() < 1e-6,
                    "{params:?}, {place}: {slope} {expected}"
                );
            }
        }
    }

    #[test]
    fn without_pairs_there_is_no_auc_loss() {
        let auc = LossParams {
            auc: 1.0,
            ..LossParams::default()
        };
        let one_class = by_tensors(&LOGITS[..2], &[true, true], (1.0, 1.0), &auc);
        assert_eq!(one_class, (0.0, vec![0.0, 0.0]));
        let far_apart = by_tensors(&[8.0, -8.0], &[true, false], (1.0, 1.0), &auc);
        assert_eq!(far_apart, (0.0, vec![0.0, 0.0]));
        // The fake one below the real one is what is wrong, not the other way round.
        let (wrong, slopes) = by_tensors(&[-1.0, 1.0], &[true, false], (1.0, 1.0), &auc);
        assert!(wrong > 0.3 && slopes[0] < 0.0 && slopes[1] > 0.0);
    }
}
