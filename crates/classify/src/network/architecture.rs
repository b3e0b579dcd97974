//! The networks by name.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ClassifyError;

/// A network; how it is made up says `cnn::networks`, where the program was built with networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Architecture {
    /// Afchar, Nozick, Yamagishi, Echizen, "MesoNet: a compact facial video forgery detection network", 2018.
    #[serde(rename = "meso4")]
    Meso4,
    /// The same authors' network of inception modules.
    MesoInception4,
    /// A small residual network behind the fixed high-pass filters of the spatial rich model.
    SrmResnet,
    /// Chollet, "Xception: deep learning with depthwise separable convolutions", 2017.
    Xception,
    /// Two Xceptions, whose probabilities are averaged.
    XceptionPair,
    /// He, Zhang, Ren, Sun, "Deep residual learning for image recognition", 2016, 18 layers.
    #[serde(rename = "resnet18")]
    Resnet18,
    /// The same, 50 layers.
    #[serde(rename = "resnet50")]
    Resnet50,
}

impl Architecture {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Meso4,
        Self::MesoInception4,
        Self::SrmResnet,
        Self::Xception,
        Self::XceptionPair,
        Self::Resnet18,
        Self::Resnet50,
    ];

    /// The name users write.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Meso4 => "meso4",
            Self::MesoInception4 => "meso-inception4",
            Self::SrmResnet => "srm-resnet",
            Self::Xception => "xception",
            Self::XceptionPair => "xception-pair",
            Self::Resnet18 => "resnet18",
            Self::Resnet50 => "resnet50",
        }
    }

    /// Side of the squares it was made for, pixels.
    pub fn side(self) -> u32 {
        match self {
            Self::Meso4 | Self::MesoInception4 => 256,
            Self::SrmResnet => 128,
            Self::Xception | Self::XceptionPair => 299,
            Self::Resnet18 | Self::Resnet50 => 224,
        }
    }

    /// Whether it can see squares of this side: those with a dense layer on their maps see one size only.
    pub fn takes_side(self, side: u32) -> bool {
        match self {
            Self::Meso4 | Self::MesoInception4 => side == 256,
            Self::SrmResnet | Self::Resnet18 | Self::Resnet50 => (32..=1024).contains(&side),
            Self::Xception | Self::XceptionPair => (64..=1024).contains(&side),
        }
    }

    /// The sides that [`Self::takes_side`] takes, in words.
    pub fn sides(self) -> &'static str {
        match self {
            Self::Meso4 | Self::MesoInception4 => "256",
            Self::SrmResnet | Self::Resnet18 | Self::Resnet50 => "from 32 to 1024",
            Self::Xception | Self::XceptionPair => "from 64 to 1024",
        }
    }

    /// Numbers that are learnt, one logit being the output. Statistics of normalisations and fixed filters do not count.
    pub fn parameters(self) -> usize {
        match self {
            Self::Meso4 => 27_929,
            Self::MesoInception4 => 28_540,
            Self::SrmResnet => 264_289,
            Self::Xception => 20_809_001,
            Self::XceptionPair => 41_618_002,
            Self::Resnet18 => 11_177_025,
            Self::Resnet50 => 23_510_081,
        }
    }

    /// Squares of a picture that are judged where nothing else is said: nine where the square is a small part of a usual
    /// picture.
    pub fn views(self) -> u32 {
        match self {
            Self::SrmResnet => 9,
            _ => 1,
        }
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Architecture {
    type Err = ClassifyError;

    fn from_str(text: &str) -> Result<Self, ClassifyError> {
        let known = Self::ALL.into_iter().find(|each| each.as_str() == text);
        known.ok_or_else(|| ClassifyError::Parameter {
            name: "network",
            expected: "meso4, meso-inception4, srm-resnet, xception, xception-pair, resnet18 or resnet50",
            found: format!("{text:?}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_written_in_text_and_in_descriptions() {
        for architecture in Architecture::ALL {
            let name = architecture.as_str();
            assert_eq!(name.parse::<Architecture>().unwrap(), architecture);
            assert_eq!(
                serde_json::to_string(&architecture).unwrap(),
                format!("\"{name}\"")
            );
            assert!(architecture.takes_side(architecture.side()));
            assert!(!architecture.takes_side(8));
        }
        let error = "vgg".parse::<Architecture>().unwrap_err().to_string();
        assert!(error.ends_with("resnet18 or resnet50, found \"vgg\""), "{error}");
    }
}
