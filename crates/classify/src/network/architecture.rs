//! The networks by name.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::registry::{NAMES, NetworkEntry, REGISTRY, SIDES};
use crate::ClassifyError;

/// A network; what it is says its [`entry`](Self::entry).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
#[expect(missing_docs, reason = "the registry says what each is")]
pub enum Architecture {
    Meso4,
    MesoInception4,
    SrmResnet,
    Xception,
    XceptionPair,
    Resnet18,
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

    /// What there is to say of it.
    pub fn entry(self) -> &'static NetworkEntry {
        &REGISTRY[self as usize]
    }

    /// The name users write.
    pub fn as_str(self) -> &'static str {
        self.entry().name
    }

    /// Side of the squares it was made for, pixels.
    pub fn side(self) -> u32 {
        self.entry().side
    }

    /// Whether it can see squares of this side.
    pub fn takes_side(self, side: u32) -> bool {
        self.entry().sides.contains(&side)
    }

    /// The sides that [`Self::takes_side`] takes, in words.
    pub fn sides(self) -> &'static str {
        &SIDES[self as usize]
    }

    /// Numbers that are learnt, see [`NetworkEntry::parameters`].
    pub fn parameters(self) -> usize {
        self.entry().parameters
    }

    /// Squares of a picture that are judged where nothing else is said.
    pub fn views(self) -> u32 {
        self.entry().views
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
            expected: &NAMES,
            found: format!("{text:?}"),
        })
    }
}

impl TryFrom<String> for Architecture {
    type Error = ClassifyError;

    fn try_from(text: String) -> Result<Self, ClassifyError> {
        text.parse()
    }
}

impl From<Architecture> for &'static str {
    fn from(architecture: Architecture) -> Self {
        architecture.as_str()
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
            assert_eq!(
                serde_json::from_str::<Architecture>(&format!("\"{name}\"")).unwrap(),
                architecture
            );
            assert!(architecture.takes_side(architecture.side()));
            assert!(!architecture.takes_side(8));
        }
        let error = "vgg".parse::<Architecture>().unwrap_err().to_string();
        assert_eq!(
            error,
            "network must be meso4, meso-inception4, srm-resnet, xception, xception-pair, resnet18 or resnet50, found \
             \"vgg\""
        );
    }
}
