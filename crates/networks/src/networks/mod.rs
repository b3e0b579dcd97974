//! The networks, one a file; their layers have the names of their PyTorch counterparts. What is said of them stands in the
//! registry ([`Architecture::entry`]).

pub mod basic_block;
mod layers;
pub mod meso4;
pub mod meso_inception4;
pub mod resnet;
pub mod srm_filters;
pub mod srm_resnet;
pub mod xception;

#[cfg(test)]
mod gradient_tests;

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use crate::Output;
use crate::trainable::{Layers, Trainable, square_to_logit};
use dftective_classify::{Architecture, InputKind, NetworkParams};
pub use meso_inception4::MesoInception4;
pub use meso4::Meso4;
pub use resnet::Resnet;
pub use srm_resnet::SrmResnet;
pub use xception::{Xception, XceptionPair};

/// Declares the networks, one a line: which it is, its module, and how it is made.
macro_rules! networks {
    ($($architecture:ident: $module:ident, $network:ident, $new:expr;)+) => {
        /// A network of the registry.
        ///
        /// On a device with [`Device::autodiff`] it trains: batch statistics, dropout, gradients. Its
        /// [`valid`](Module::valid) copy infers. A clone shares the running statistics of its batch normalisations
        /// with the original; [`weights::arrays`](super::weights::arrays) takes a copy that stays.
        #[derive(Module, Debug)]
        #[expect(
            clippy::large_enum_variant,
            reason = "there is one network at a time, and burn knows no boxed module"
        )]
        pub enum Network {
            $(
                #[doc = concat!("See [`", stringify!($module), "`].")]
                $architecture($network),
            )+
        }

        impl Network {
            /// Initialises the weights from the device's random numbers: [`Device::seed`] decides them.
            pub fn new(architecture: Architecture, device: &Device) -> Self {
                let network = match architecture {
                    $(Architecture::$architecture => Self::$architecture($new(device)),)+
                };
                // burn draws weights when they are first used, which would be among other random numbers.
                network.materialize()
            }

            /// Which network it is.
            pub fn architecture(&self) -> Architecture {
                match self {
                    $(Self::$architecture(_) => Architecture::$architecture,)+
                }
            }
        }

        impl Layers for Network {
            fn maps(&self, squares: Tensor<5>) -> Tensor<5> {
                match self {
                    $(Self::$architecture(network) => Layers::maps(network, squares),)+
                }
            }

            fn output(&self, maps: Tensor<5>) -> Output {
                match self {
                    $(Self::$architecture(network) => network.output(maps),)+
                }
            }
        }
    };
}

networks! {
    Meso4: meso4, Meso4, Meso4::new;
    MesoInception4: meso_inception4, MesoInception4, MesoInception4::new;
    SrmResnet: srm_resnet, SrmResnet, SrmResnet::new;
    Xception: xception, Xception, Xception::new;
    XceptionPair: xception, XceptionPair, XceptionPair::new;
    Resnet18: resnet, Resnet, Resnet::resnet18;
    Resnet50: resnet, Resnet, Resnet::resnet50;
}

square_to_logit! { Meso4, MesoInception4, SrmResnet, Xception, XceptionPair, Resnet }

impl Trainable for Network {
    fn untrained(params: &NetworkParams, device: &Device) -> Self {
        Self::new(params.architecture, device)
    }

    fn name(&self) -> &'static str {
        self.architecture().as_str()
    }

    fn input(&self) -> InputKind {
        self.architecture().entry().input
    }
}

impl Network {
    /// Without dropout, which only the two MesoNets have: training as usual, but the same for the same batch.
    pub fn without_dropout(mut self) -> Self {
        match &mut self {
            Self::Meso4(network) => network.dropout.prob = 0.0,
            Self::MesoInception4(network) => network.dropout.prob = 0.0,
            _ => {}
        }
        self
    }

    /// Of single squares, \[n, 3, h, w\] RGB of 0 to 255, the last maps, \[n, c, h′, w′\].
    ///
    /// # Panics
    /// burn panics at a size that the network does not take ([`Architecture::takes_side`]), and of a network whose maps are
    /// of several squares.
    pub fn maps(&self, pixels: Tensor<4>) -> Tensor<4> {
        Layers::maps(self, pixels.unsqueeze_dim(1)).squeeze_dim(2)
    }

    /// The maps of single squares to \[n\] logits.
    pub fn head(&self, maps: Tensor<4>) -> Tensor<1> {
        self.output(maps.unsqueeze_dim(2)).logits()
    }

    /// Single squares, \[n, 3, h, w\] RGB of 0 to 255, to \[n\] logits.
    ///
    /// # Panics
    /// As [`maps`](Self::maps).
    pub fn forward(&self, pixels: Tensor<4>) -> Tensor<1> {
        self.outputs(pixels.unsqueeze_dim(1)).logits()
    }
}
