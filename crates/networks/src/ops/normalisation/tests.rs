//! The normalisation against burn's own operations.

use burn::module::Module;
use burn::nn::{BatchNorm, BatchNormConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor, TensorData};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Rectifier, normalise};

const RECTIFIERS: [Rectifier; 3] = [Rectifier::None, Rectifier::Before, Rectifier::After];

/// Odd, one pixel, several blocks of sums, one channel, one image.
const SHAPES: [[usize; 4]; 5] = [
    [3, 5, 7, 9],
    [4, 3, 1, 1],
    [2, 2, 40, 61],
    [2, 1, 16, 16],
    [1, 4, 33, 3],
];

/// Uniform around a middle, the same in every run.
fn values<const D: usize>(shape: [usize; D], middle: f32, seed: u64, device: &Device) -> Tensor<D> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let values: Vec<f32> = (0..shape.iter().product())
        .map(|_| middle + rng.gen_range(-1.0..1.0))
        .collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// With scales of either sign, shifts, and running statistics.
fn norm(channels: usize, device: &Device) -> BatchNorm {
    let mut norm = BatchNormConfig::new(channels).init(device);
    let set = |param: &mut burn::module::Param<Tensor<1>>, seed| {
        let taken = param.clone();
        *param = taken.map(|_| values([channels], 0.2, seed, device).require_grad());
    };
    set(&mut norm.gamma, 1);
    set(&mut norm.beta, 2);
    norm.running_mean
        .update(values([channels], 0.3, 3, &device.clone().inner()));
    norm.running_var
        .update(values([channels], 1.5, 4, &device.clone().inner()));
    norm.running_mean.value_sync();
    norm.running_var.value_sync();
    norm
}

fn burns(norm: &BatchNorm, x: Tensor<4>, rectifier: Rectifier) -> Tensor<4> {
    match rectifier {
        Rectifier::None => norm.forward(x),
        Rectifier::Before => norm.forward(relu(x)),
        Rectifier::After => relu(norm.forward(x)),
    }
}

fn floats<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().expect("floats")
}

type Normalise = fn(&BatchNorm, Tensor<4>, Rectifier) -> Tensor<4>;

/// Output; gradients of the maps, scales and shifts; running mean and variance.
fn learnt(normalise: Normalise, shape: [usize; 4], rectifier: Rectifier) -> [Vec<f32>; 6] {
    let device = Device::flex().autodiff();
    let norm = norm(shape[1], &device);
    let x = values(shape, 0.1, 5, &device).require_grad();
    let output = normalise(&norm, x.clone(), rectifier);
    let gradients = (output.clone() * values(shape, 0.0, 6, &device)).sum().backward();
    let of = |param: &Tensor<1>| floats(param.grad(&gradients).expect("tracked"));
    [
        floats(output),
        floats(x.grad(&gradients).expect("tracked")),
        of(&norm.gamma.val()),
        of(&norm.beta.val()),
        floats(norm.running_mean.value_sync()),
        floats(norm.running_var.value_sync()),
    ]
}

#[test]
fn it_learns_as_burns_operations_do() {
    for shape in SHAPES {
        let count = (shape[0] * shape[2] * shape[3]) as f32;
        for rectifier in RECTIFIERS {
            let (ours, burns) = (
                learnt(normalise, shape, rectifier),
                learnt(burns, shape, rectifier),
            );
            for (index, (ours, burns)) in ours.iter().zip(&burns).enumerate() {
                // burn adds up at most `count` values of up to 2 one after the other in single precision: each addition
                // rounds by half an ε of a sum around √count, and the roundings are as often up as down, so that they
                // come to √count · √count · ε/2. Statistics and gradients of maps are divided by the count again. The
                // smallest variance here is that of two pixels, some 1e-2, whose root makes errors ten times as large;
                // gradients hold it to the third power.
                let tolerance = if matches!(index, 2 | 3) {
                    10.0 * count.max(100.0)
                } else {
                    1e3
                } * f32::EPSILON;
                assert_eq!(ours.len(), burns.len());
                for (a, b) in ours.iter().zip(burns) {
                    assert!(
                        (a - b).abs() <= tolerance,
                        "{shape:?} {rectifier:?}, result {index}: {a} for {b}"
                    );
                }
            }
        }
    }
}

#[test]
fn it_infers_as_burns_operations_do() {
    for shape in SHAPES {
        for rectifier in RECTIFIERS {
            let device = Device::flex();
            let norm = norm(shape[1], &device.clone().autodiff()).valid();
            let x = values(shape, 0.1, 5, &device);
            let ours = floats(normalise(&norm, x.clone(), rectifier));
            for (a, b) in ours.iter().zip(floats(burns(&norm, x, rectifier))) {
                // Differences up to 1.4 over a deviation of at least 0.7, a scale and a shift of up to 1.2: a rounding
                // each of numbers up to 4, and ours has a reciprocal of the deviation.
                assert!(
                    (a - b).abs() <= 6.0 * 4.0 * f32::EPSILON,
                    "{shape:?} {rectifier:?}: {a} for {b}"
                );
            }
        }
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let on = |threads| -> Vec<[Vec<u32>; 6]> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("a pool");
        pool.install(|| {
            RECTIFIERS
                .map(|rectifier| learnt(normalise, [5, 3, 40, 61], rectifier))
                .map(|results| results.map(|values| values.into_iter().map(f32::to_bits).collect()))
                .to_vec()
        })
    };
    let one = on(1);
    assert_eq!(one, on(2));
    assert_eq!(one, on(3));
}

/// Frozen statistics do not depend on the maps, and gradients know it.
#[test]
fn a_frozen_normalisation_passes_gradients_by_its_running_statistics() {
    let (shape, device) = ([2, 3, 4, 5], Device::flex().autodiff());
    for rectifier in RECTIFIERS {
        let [ours, theirs] = [normalise, burns].map(|normalise: Normalise| {
            let norm = norm(shape[1], &device).freeze();
            let x = values(shape, 0.1, 5, &device).require_grad();
            let output = normalise(&norm, x.clone(), rectifier);
            let gradients = (output * values(shape, 0.0, 6, &device)).sum().backward();
            floats(x.grad(&gradients).expect("tracked"))
        });
        for (a, b) in ours.iter().zip(theirs) {
            // A product of three numbers up to 2.
            assert!((a - b).abs() <= 8.0 * f32::EPSILON, "{rectifier:?}: {a} for {b}");
        }
    }
}

/// A map that is all one value has no deviation; the mean must be exact for nothing to be left of it.
#[test]
fn large_and_constant_maps_keep_their_accuracy() {
    let device = Device::flex().autodiff();
    let norm = BatchNormConfig::new(1).init(&device);
    let constant = Tensor::<4>::full([2, 1, 50, 50], 1234.5, &device);
    let normalised = floats(normalise(&norm, constant, Rectifier::None));
    assert!(normalised.iter().all(|value| *value == 0.0));
    // The variance is 1/3 whatever the middle. Values near 1000 are rounded to 6e-5, which is 1e-4 of a deviation of
    // 0.58, and more in a value than in the sums.
    let near: Vec<f32> = floats(values([2, 1, 50, 50], 0.0, 7, &device));
    let far = values([2, 1, 50, 50], 1000.0, 7, &device);
    let expected = floats(burns(
        &norm,
        Tensor::from_data(TensorData::new(near, [2, 1, 50, 50]), &device),
        Rectifier::None,
    ));
    for (a, b) in floats(normalise(&norm, far, Rectifier::None))
        .iter()
        .zip(expected)
    {
        assert!((a - b).abs() < 4e-4, "{a} for {b}");
    }
}

#[test]
fn what_is_no_number_stays_so() {
    let device = Device::flex().autodiff();
    for rectifier in RECTIFIERS {
        let norm = BatchNormConfig::new(1).init(&device);
        let x = Tensor::<4>::from_data(
            TensorData::new(vec![1.0, f32::NAN, 2.0, 3.0], [1, 1, 2, 2]),
            &device,
        );
        assert!(
            floats(normalise(&norm, x, rectifier))
                .iter()
                .any(|value| value.is_nan())
        );
    }
}

#[test]
#[should_panic(expected = "channels of a normalisation")]
fn another_number_of_channels_is_refused() {
    let device = Device::flex();
    let norm = BatchNormConfig::new(2).init(&device);
    drop(normalise(
        &norm,
        Tensor::zeros([1, 3, 2, 2], &device),
        Rectifier::None,
    ));
}
