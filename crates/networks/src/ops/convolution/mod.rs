//! Convolution of maps, differentiable in the maps and in the weights.
//!
//! A convolution is a product of two matrices, the weights and the pixels under the kernel. The pixels need not be
//! copied into such a matrix: in a strip of rows padded with zeros, everything that one weight sees is one run of
//! memory, moved by that weight's place in the kernel ([`planes`]). A stride s makes s × s smaller pictures of the
//! strip, each a stride-1 convolution. Both gradients have the same form, so that two loops over registers
//! ([`kernels`]) serve all three passes ([`passes`]).

mod kernels;
mod passes;
mod planes;
mod problem;
mod strips;
#[cfg(test)]
mod tests;

use burn::backend::autodiff::NodeId;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, backend_extension};
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Tensor, TensorData};

use super::is_ours;
use problem::Problem;

/// Cross-correlation of maps \[n, c, h, w\] with weights \[m, c, kh, kw\], padded with zeros: \[n, m, h′, w′\] with
/// h′ = ⌊(h + 2·padding − dilation·(kh − 1) − 1) / stride⌋ + 1. The pairs are vertical, horizontal.
///
/// Runs on kernels of this module where the maps are 32-bit floats on the CPU, and on burn's `conv2d` elsewhere. The
/// results have the same bits on any number of threads.
///
/// # Panics
///
/// As burn's `conv2d` does: if the maps and the weights disagree about c, or the kernel exceeds the padded maps.
pub fn convolve(
    x: Tensor<4>,
    weight: Tensor<4>,
    stride: [usize; 2],
    padding: [usize; 2],
    dilation: [usize; 2],
) -> Tensor<4> {
    match Problem::new(x.dims(), weight.dims(), stride, padding, dilation) {
        Some(problem) if is_ours(&x) && is_ours(&weight) => Tensor::from_dispatch(Dispatch::convolution(
            x.into_dispatch(),
            weight.into_dispatch(),
            problem,
        )),
        _ => conv2d(x, weight, None, ConvOptions::new(stride, padding, dilation, 1)),
    }
}

/// Backends that have kernels for convolution.
#[backend_extension(Flex, Autodiff)]
trait ConvolutionOps: Backend {
    /// The maps that the weights make of `x`.
    fn convolution(x: FloatTensor<Self>, weight: FloatTensor<Self>, problem: Problem) -> FloatTensor<Self>;
}

impl ConvolutionOps for Flex {
    fn convolution(x: FlexTensor, weight: FlexTensor, problem: Problem) -> FlexTensor {
        let (x, weight) = (x.to_contiguous(), weight.to_contiguous());
        tensor(
            passes::forward(&problem, x.storage(), weight.storage()),
            problem.output_shape(),
        )
    }
}

impl<C: CheckpointStrategy> ConvolutionOps for Autodiff<Flex, C> {
    fn convolution(x: FloatTensor<Self>, weight: FloatTensor<Self>, problem: Problem) -> FloatTensor<Self> {
        let prepared = Convolution
            .prepare::<C>([x.node(), weight.node()])
            .compute_bound()
            .stateful();
        match prepared {
            OpsKind::Tracked(mut prepared) => {
                let state = (prepared.checkpoint(&x), prepared.checkpoint(&weight), problem);
                prepared.finish(
                    state,
                    Flex::convolution(x.into_primitive(), weight.into_primitive(), problem),
                )
            }
            OpsKind::UnTracked(prepared) => prepared.finish(Flex::convolution(
                x.into_primitive(),
                weight.into_primitive(),
                problem,
            )),
        }
    }
}

/// The derivative of a convolution.
#[derive(Debug)]
struct Convolution;

impl Backward<Flex, 2> for Convolution {
    type State = (NodeId, NodeId, Problem);

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, checkpointer: &mut Checkpointer) {
        let [x_node, weight_node] = ops.parents;
        let (x, weight, problem) = ops.state;
        let gradient = grads.consume::<Flex>(&ops.node).to_contiguous();
        let mut retrieve = |id| {
            checkpointer
                .retrieve_node_output::<FlexTensor>(id)
                .to_contiguous()
        };
        // Both are taken from the checkpoints even where only one is of use: each counts who is to come for it.
        let (x, weight) = (retrieve(x), retrieve(weight));

        if let Some(node) = x_node {
            let of_x = passes::input_gradient(&problem, weight.storage(), gradient.storage());
            grads.register::<Flex>(node.id, tensor(of_x, problem.input_shape()));
        }
        if let Some(node) = weight_node {
            let of_weight = passes::weight_gradient(&problem, x.storage(), gradient.storage());
            grads.register::<Flex>(node.id, tensor(of_weight, problem.weight_shape()));
        }
    }
}

fn tensor(values: Vec<f32>, shape: [usize; 4]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}
