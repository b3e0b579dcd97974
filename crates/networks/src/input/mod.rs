//! What a network sees at a time, from the pixels of items to a tensor.

mod rule;

use burn::tensor::{Device, Tensor, TensorData};
use image::RgbImage;
use image::imageops::flip_horizontal;

pub use rule::InputRule;
pub(super) use rule::{View, Views, check_size, spread};

/// What a network sees at a time and gives one output of: as many squares of one side as its
/// [`InputKind`](dftective_classify::InputKind) says, frame by frame, those of a frame side by side.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Input(pub Vec<RgbImage>);

impl Input {
    /// Each square mirrored, left to right.
    pub fn mirrored(&self) -> Self {
        Self(self.0.iter().map(flip_horizontal).collect())
    }
}

/// The pixels of some inputs, R, G and B of 0 to 255.
pub(super) struct Planes {
    /// By rows.
    pub values: Vec<f32>,
    /// Inputs, squares of each, 3, height, width.
    pub shape: [usize; 5],
}

impl Planes {
    /// Of inputs that are of one shape, at least one.
    pub fn of(inputs: &[Input]) -> Self {
        let squares = || inputs.iter().flat_map(|input| &input.0);
        let (width, height) = squares().next().map_or((0, 0), RgbImage::dimensions);
        let mut values = Vec::with_capacity(squares().map(|square| square.as_raw().len()).sum());
        for square in squares() {
            for channel in 0..3 {
                values.extend(square.pixels().map(|pixel| f32::from(pixel.0[channel])));
            }
        }
        let each = inputs.first().map_or(0, |input| input.0.len());
        Self {
            values,
            shape: [inputs.len(), each, 3, height as usize, width as usize],
        }
    }

    /// As networks see them, [`Trainable::maps`](super::Trainable::maps).
    pub fn tensor(self, device: &Device) -> Tensor<5> {
        Tensor::from_data(TensorData::new(self.values, self.shape), device)
    }
}
