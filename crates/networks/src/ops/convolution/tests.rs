//! The convolution against burn's own.

use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Tensor, TensorData};
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::convolve;

/// Shapes and geometry of one convolution.
#[derive(Clone, Debug)]
struct Case {
    input: [usize; 4],
    weight: [usize; 4],
    stride: [usize; 2],
    padding: [usize; 2],
    dilation: [usize; 2],
}

/// Output, gradient of the maps, gradient of the weights.
type Results = [Vec<f32>; 3];

impl Case {
    fn square(input: [usize; 4], maps: usize, kernel: usize, stride: usize, padding: usize) -> Self {
        Self {
            input,
            weight: [maps, input[1], kernel, kernel],
            stride: [stride; 2],
            padding: [padding; 2],
            dilation: [1; 2],
        }
    }

    /// Values uniform in ± 1, the same in every run.
    fn values(&self, shape: [usize; 4], seed: u64) -> TensorData {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let values = (0..shape.iter().product())
            .map(|_| rng.gen_range(-1.0..1.0))
            .collect::<Vec<f32>>();
        TensorData::new(values, shape)
    }

    fn ours(&self, x: Tensor<4>, weight: Tensor<4>) -> Tensor<4> {
        convolve(x, weight, self.stride, self.padding, self.dilation)
    }

    fn burns(&self, x: Tensor<4>, weight: Tensor<4>) -> Tensor<4> {
        conv2d(
            x,
            weight,
            None,
            ConvOptions::new(self.stride, self.padding, self.dilation, 1),
        )
    }

    fn results(&self, convolve: impl Fn(&Self, Tensor<4>, Tensor<4>) -> Tensor<4>) -> Results {
        let device = Device::flex().autodiff();
        let x = Tensor::<4>::from_data(self.values(self.input, 1), &device).require_grad();
        let weight = Tensor::<4>::from_data(self.values(self.weight, 2), &device).require_grad();
        let output = convolve(self, x.clone(), weight.clone());
        let factors = Tensor::from_data(self.values(output.dims(), 3), &device);
        let gradients = (output.clone() * factors).sum().backward();
        let floats = |tensor: Tensor<4>| tensor.into_data().try_to_vec::<f32>().expect("floats");
        [
            floats(output),
            floats(x.grad(&gradients).expect("tracked")),
            floats(weight.grad(&gradients).expect("tracked")),
        ]
    }

    /// Terms of the sums in each of the results: the kernel over the channels, over the maps, and the output pixels.
    fn terms(&self, outputs: usize) -> [usize; 3] {
        let [maps, channels, height, width] = self.weight;
        [channels * height * width, maps * height * width, outputs / maps]
    }

    fn check(&self) {
        let (ours, burns) = (self.results(Self::ours), self.results(Self::burns));
        let terms = self.terms(burns[0].len());
        for ((ours, burns), terms) in ours.iter().zip(&burns).zip(terms) {
            // A product of two values uniform in ± 1 has variance 1/9, so that the sum of the first j is around √j / 3.
            // Rounding it errs by up to half an ε of that, evenly: ε²/12 · j/9 in variance. Over k terms, and for two
            // sums, this makes a deviation of k · ε / 10.4. Ten of them, and a few ε for the shortest sums.
            let tolerance = (terms + 4) as f32 * f32::EPSILON;
            assert_eq!(ours.len(), burns.len());
            for (at, (a, b)) in ours.iter().zip(burns).enumerate() {
                assert!(
                    (a - b).abs() <= tolerance,
                    "{self:?}: {a} for {b} at {at} of {}",
                    ours.len()
                );
            }
        }
    }
}

#[test]
fn agrees_on_the_shapes_of_the_networks() {
    Case::square([2, 3, 20, 17], 8, 3, 1, 1).check();
    Case::square([2, 8, 16, 16], 16, 5, 1, 2).check();
    Case::square([1, 38, 23, 24], 24, 3, 1, 1).check();
    Case::square([2, 24, 15, 15], 24, 1, 2, 0).check();
    Case::square([1, 3, 33, 30], 16, 7, 2, 3).check();
    // Several strips, the last one shorter.
    Case::square([2, 16, 101, 120], 5, 5, 1, 2).check();
    Case::square([1, 16, 131, 120], 5, 3, 2, 1).check();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn agrees_on_any_shape(
        images in 1usize..4,
        channels in 1usize..7,
        maps in 1usize..11,
        size in prop::array::uniform2(1usize..22),
        kernel in prop::array::uniform2(1usize..8),
        stride in prop::array::uniform2(1usize..4),
        padding in prop::array::uniform2(0usize..4),
        dilation in prop::array::uniform2(1usize..4),
    ) {
        let fits = (0..2).all(|i| size[i] + 2 * padding[i] > (kernel[i] - 1) * dilation[i]);
        prop_assume!(fits);
        let input = [images, channels, size[0], size[1]];
        let weight = [maps, channels, kernel[0], kernel[1]];
        Case { input, weight, stride, padding, dilation }.check();
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let case = Case::square([5, 16, 70, 90], 12, 3, 1, 1);
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("a pool");
        pool.install(|| case.results(Case::ours))
            .map(|values| values.into_iter().map(f32::to_bits).collect())
    };
    let one: [Vec<u32>; 3] = on(1);
    assert_eq!(one, on(2));
    assert_eq!(one, on(3));
}

#[test]
fn constant_maps_get_no_gradient() {
    let case = Case::square([2, 3, 9, 9], 4, 3, 1, 1);
    let device = Device::flex().autodiff();
    let x = Tensor::<4>::from_data(case.values(case.input, 1), &device);
    let weight = Tensor::<4>::from_data(case.values(case.weight, 2), &device).require_grad();
    let gradients = case.ours(x.clone(), weight.clone()).sum().backward();
    assert!(x.grad(&gradients).is_none());
    assert!(weight.grad(&gradients).is_some());
}

#[test]
fn views_are_read_in_their_own_order() {
    let case = Case::square([2, 3, 9, 7], 4, 3, 1, 1);
    let device = Device::flex();
    let x = Tensor::<4>::from_data(case.values([2, 3, 7, 9], 1), &device).swap_dims(2, 3);
    let weight = Tensor::<4>::from_data(case.values(case.weight, 2), &device);
    let packed = Tensor::from_data(x.clone().into_data(), &device);
    case.ours(x, weight.clone())
        .into_data()
        .assert_eq(&case.ours(packed, weight).into_data(), true);
}

#[test]
fn works_without_autodiff() {
    let case = Case::square([2, 3, 9, 9], 4, 3, 1, 1);
    let device = Device::flex();
    let x = Tensor::<4>::from_data(case.values(case.input, 1), &device);
    let weight = Tensor::<4>::from_data(case.values(case.weight, 2), &device);
    let plain = case
        .ours(x, weight)
        .into_data()
        .try_to_vec::<f32>()
        .expect("floats");
    assert_eq!(plain, case.results(Case::ours)[0]);
}
