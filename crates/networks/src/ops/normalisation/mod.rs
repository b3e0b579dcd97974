//! Batch normalisation together with the ReLU beside it: S. Ioffe, C. Szegedy, *Batch Normalization: Accelerating Deep
//! Network Training by Reducing Internal Covariate Shift*, ICML 2015.
//!
//! Such layers do little arithmetic on much memory. Taken together they read the maps twice and write them once, forward
//! as well as backward ([`passes`]), where single operations do each a dozen times, with transposed copies between.

mod passes;
#[cfg(test)]
mod tests;

use burn::backend::autodiff::NodeId;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, AutodiffBackend, Backend, Dispatch, Flex, backend_extension};
use burn::nn::BatchNorm;
use burn::tensor::activation::relu;
use burn::tensor::{Tensor, TensorData};

use super::is_ours;
use passes::{Layer, Shape};

/// Where a ReLU stands beside a normalisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rectifier {
    /// There is none.
    None,
    /// The normalisation sees what the ReLU leaves.
    Before,
    /// The ReLU sees what is normalised.
    After,
}

/// \[n, c, h, w\] normalised by channels, to the same shape: by the statistics of the batch, which the running ones
/// then follow, where `norm` is in training on a device that keeps gradients; by the running ones elsewhere.
///
/// Runs on kernels of this module where the maps are 32-bit floats on the CPU, and on burn's operations elsewhere. The
/// results have the same bits on any number of threads.
///
/// # Panics
///
/// If `norm` is for another number of channels.
pub fn normalise(norm: &BatchNorm, x: Tensor<4>, rectifier: Rectifier) -> Tensor<4> {
    if !is_ours(&x) {
        let x = if rectifier == Rectifier::Before {
            relu(x)
        } else {
            x
        };
        let y = norm.forward(x);
        return if rectifier == Rectifier::After { relu(y) } else { y };
    }
    let (gamma, beta) = (norm.gamma.val(), norm.beta.val());
    assert_eq!(x.dims()[1], gamma.dims()[0], "channels of a normalisation");
    let of_batch = x.device().is_autodiff() && norm.training.is_enabled();
    let statistics = if of_batch {
        let statistics = Tensor::from_dispatch(Dispatch::statistics(x.clone().into_dispatch(), rectifier));
        follow(norm, &statistics);
        statistics
    } else {
        let running = [&norm.running_mean, &norm.running_var];
        Tensor::stack(
            running.map(|value| value.value().to_device(&x.device())).to_vec(),
            0,
        )
    };
    let settings = Settings {
        rectifier,
        of_batch,
        epsilon: norm.epsilon,
    };
    Tensor::from_dispatch(Dispatch::normalisation(
        x.into_dispatch(),
        gamma.into_dispatch(),
        beta.into_dispatch(),
        statistics.into_dispatch(),
        settings,
    ))
}

/// Has the running statistics follow those of a batch, the mean and the variance (over n) of each channel.
fn follow(norm: &BatchNorm, statistics: &Tensor<2>) {
    for (row, running) in [&norm.running_mean, &norm.running_var].into_iter().enumerate() {
        let batch: Tensor<1> = statistics.clone().narrow(0, row, 1).squeeze_dim(0);
        let kept = running.value_sync().to_device(&batch.device());
        running.update((kept * (1.0 - norm.momentum) + batch * norm.momentum).detach());
    }
}

/// What is not a tensor of a normalisation.
#[derive(Clone, Copy, Debug)]
struct Settings {
    rectifier: Rectifier,
    /// Whether the statistics are the maps' own, so that they depend on them.
    of_batch: bool,
    epsilon: f64,
}

/// Backends that have kernels for normalisation.
#[backend_extension(Flex, Autodiff)]
trait NormalisationOps: Backend {
    /// Mean and variance (over n) of each channel, \[2, c\].
    fn statistics(x: FloatTensor<Self>, rectifier: Rectifier) -> FloatTensor<Self>;

    /// The maps normalised by such statistics.
    fn normalisation(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        statistics: FloatTensor<Self>,
        settings: Settings,
    ) -> FloatTensor<Self>;
}

impl NormalisationOps for Flex {
    fn statistics(x: FlexTensor, rectifier: Rectifier) -> FlexTensor {
        let x = x.to_contiguous();
        let shape = Shape::of(&x);
        let statistics = passes::statistics(shape, x.storage(), rectifier);
        FlexTensor::from_data(TensorData::new(statistics, [2, shape.channels]))
    }

    fn normalisation(
        x: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        statistics: FlexTensor,
        settings: Settings,
    ) -> FlexTensor {
        let x = x.to_contiguous();
        let layer = Layer::new([gamma, beta, statistics], settings);
        let output = passes::forward(Shape::of(&x), x.storage(), &layer);
        FlexTensor::from_data(TensorData::new(output, x.layout().shape().clone()))
    }
}

impl<C: CheckpointStrategy> NormalisationOps for Autodiff<Flex, C> {
    fn statistics(x: FloatTensor<Self>, rectifier: Rectifier) -> FloatTensor<Self> {
        Self::from_inner(Flex::statistics(x.into_primitive(), rectifier))
    }

    fn normalisation(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        statistics: FloatTensor<Self>,
        settings: Settings,
    ) -> FloatTensor<Self> {
        let prepared = Normalisation
            .prepare::<C>([x.node(), gamma.node(), beta.node()])
            .compute_bound()
            .stateful();
        let statistics = statistics.into_primitive();
        let forward = |statistics| {
            let [x, gamma, beta] =
                [x.clone(), gamma.clone(), beta.clone()].map(|tensor| tensor.into_primitive());
            Flex::normalisation(x, gamma, beta, statistics, settings)
        };
        match prepared {
            OpsKind::Tracked(mut prepared) => {
                let nodes = [&x, &gamma, &beta].map(|tensor| prepared.checkpoint(tensor));
                let output = forward(statistics.clone());
                prepared.finish((nodes, statistics, settings), output)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(forward(statistics)),
        }
    }
}

/// The derivative of a normalisation.
#[derive(Debug)]
struct Normalisation;

impl Backward<Flex, 3> for Normalisation {
    type State = ([NodeId; 3], FlexTensor, Settings);

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, checkpointer: &mut Checkpointer) {
        let (nodes, statistics, settings) = ops.state;
        let gradient = grads.consume::<Flex>(&ops.node).to_contiguous();
        let [x, gamma, beta] = nodes.map(|id| checkpointer.retrieve_node_output::<FlexTensor>(id));
        let x = x.to_contiguous();
        let (shape, layer) = (Shape::of(&x), Layer::new([gamma, beta, statistics], settings));
        let gradients = passes::backward(shape, x.storage(), gradient.storage(), &layer);

        let channels = burn::tensor::Shape::from([shape.channels]);
        let shapes = [x.layout().shape().clone(), channels.clone(), channels];
        let gradients = [gradients.x, gradients.gamma, gradients.beta];
        for ((node, values), shape) in ops.parents.into_iter().zip(gradients).zip(shapes) {
            if let Some(node) = node {
                grads.register::<Flex>(node.id, FlexTensor::from_data(TensorData::new(values, shape)));
            }
        }
    }
}
