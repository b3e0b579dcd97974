//! The networks, one a file; their layers have the names of their PyTorch counterparts.

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

use dftective_classify::Architecture;
pub use meso_inception4::MesoInception4;
pub use meso4::Meso4;
pub use resnet::Resnet;
pub use srm_resnet::SrmResnet;
pub use xception::{Xception, XceptionPair};

/// A network with one logit, positive for fake.
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
    /// See [`meso4`].
    Meso4(Meso4),
    /// See [`meso_inception4`].
    MesoInception4(MesoInception4),
    /// See [`srm_resnet`].
    SrmResnet(SrmResnet),
    /// See [`xception`].
    Xception(Xception),
    /// See [`xception`].
    XceptionPair(XceptionPair),
    /// See [`resnet`].
    Resnet18(Resnet),
    /// See [`resnet`].
    Resnet50(Resnet),
}

/// Calls a method of whichever network it is.
macro_rules! each {
    ($network:expr, $inner:ident => $call:expr) => {
        match $network {
            Network::Meso4($inner) => $call,
            Network::MesoInception4($inner) => $call,
            Network::SrmResnet($inner) => $call,
            Network::Xception($inner) => $call,
            Network::XceptionPair($inner) => $call,
            Network::Resnet18($inner) | Network::Resnet50($inner) => $call,
        }
    };
}

impl Network {
    /// Initialises the weights from the device's random numbers: [`Device::seed`] decides them.
    pub fn new(architecture: Architecture, device: &Device) -> Self {
        let network = match architecture {
            Architecture::Meso4 => Self::Meso4(Meso4::new(device)),
            Architecture::MesoInception4 => Self::MesoInception4(MesoInception4::new(device)),
            Architecture::SrmResnet => Self::SrmResnet(SrmResnet::new(device)),
            Architecture::Xception => Self::Xception(Xception::new(device)),
            Architecture::XceptionPair => Self::XceptionPair(XceptionPair::new(device)),
            Architecture::Resnet18 => Self::Resnet18(Resnet::resnet18(device)),
            Architecture::Resnet50 => Self::Resnet50(Resnet::resnet50(device)),
        };
        // burn draws weights when they are first used, which would be among other random numbers.
        network.materialize()
    }

    /// Which network it is.
    pub fn architecture(&self) -> Architecture {
        match self {
            Self::Meso4(_) => Architecture::Meso4,
            Self::MesoInception4(_) => Architecture::MesoInception4,
            Self::SrmResnet(_) => Architecture::SrmResnet,
            Self::Xception(_) => Architecture::Xception,
            Self::XceptionPair(_) => Architecture::XceptionPair,
            Self::Resnet18(_) => Architecture::Resnet18,
            Self::Resnet50(_) => Architecture::Resnet50,
        }
    }

    /// Without dropout, which only the two MesoNets have: training as usual, but the same for the same batch.
    pub fn without_dropout(mut self) -> Self {
        match &mut self {
            Self::Meso4(network) => network.dropout.prob = 0.0,
            Self::MesoInception4(network) => network.dropout.prob = 0.0,
            _ => {}
        }
        self
    }

    /// \[n, 3, h, w\] RGB of 0 to 255 to the last convolutional maps \[n, c, h′, w′\].
    ///
    /// # Panics
    /// burn panics at a size that the network does not take ([`Architecture::takes_side`]).
    pub fn maps(&self, pixels: Tensor<4>) -> Tensor<4> {
        each!(self, network => network.maps(pixels))
    }

    /// The maps to \[n\] logits.
    pub fn head(&self, maps: Tensor<4>) -> Tensor<1> {
        each!(self, network => network.head(maps))
    }

    /// \[n, 3, h, w\] RGB of 0 to 255 to \[n\] logits.
    ///
    /// # Panics
    /// As [`maps`](Self::maps).
    pub fn forward(&self, pixels: Tensor<4>) -> Tensor<1> {
        self.head(self.maps(pixels))
    }
}
