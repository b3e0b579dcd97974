//! How a JPEG was coded.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How a JPEG was coded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JpegInfo {
    /// The IJG quality (1–100) that explains the luma quantisation table best: the one whose scaled table of
    /// ITU-T T.81 Annex K equals it, else the one with the least summed relative difference. Encoders with tables
    /// of their own (cameras, Photoshop) make it an estimate.
    pub quality: Option<u8>,
    /// Chroma subsampling; `None` for a grey picture and for factors without a customary name.
    pub subsampling: Option<Subsampling>,
    /// Whether the picture is sent in scans of growing detail.
    pub progressive: bool,
}

/// Size of the luma plane relative to the chroma planes, by its customary name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Subsampling {
    /// Full chroma.
    #[serde(rename = "4:4:4")]
    S444,
    /// Half the columns.
    #[serde(rename = "4:2:2")]
    S422,
    /// Half the columns, half the rows.
    #[serde(rename = "4:2:0")]
    S420,
    /// Half the rows.
    #[serde(rename = "4:4:0")]
    S440,
    /// A quarter of the columns.
    #[serde(rename = "4:1:1")]
    S411,
    /// A quarter of the columns, half the rows.
    #[serde(rename = "4:1:0")]
    S410,
}

impl fmt::Display for Subsampling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::S444 => "4:4:4",
            Self::S422 => "4:2:2",
            Self::S420 => "4:2:0",
            Self::S440 => "4:4:0",
            Self::S411 => "4:1:1",
            Self::S410 => "4:1:0",
        })
    }
}
