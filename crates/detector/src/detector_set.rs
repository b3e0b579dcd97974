//! Several detectors in one file, each for its own kind of images.

use std::path::Path;

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use std::collections::HashMap;

use super::file::{SET_KEY, bounded};
use super::{Detector, DetectorError, Judgement, Note};
use dftective_atomic_file::write_whole;
use dftective_decode::{Channels, Decoded};
use dftective_features::{Workspace, file_facts};
use dftective_sample::FileFacts;
use sha2::{Digest, Sha256};

/// Detectors trained under different conditions, as on images of 256² and of 1024²: what one learns of an image's size and
/// coding does not carry over to another. Each image is judged by the one whose training images it resembles.
pub struct DetectorSet {
    detectors: Vec<Detector>,
}

/// Its value: version of the way they are kept. The detectors have a version of their own.
const VERSION: &str = "1";

/// The one detector is for images of every kind that it was trained on.
impl From<Detector> for DetectorSet {
    fn from(detector: Detector) -> Self {
        Self {
            detectors: vec![detector],
        }
    }
}

impl DetectorSet {
    /// Detectors in the order in which they are asked.
    ///
    /// # Errors
    /// None at all, or the same one twice.
    pub fn new(detectors: Vec<Detector>) -> Result<Self, DetectorError> {
        let digests = detectors.iter().map(Detector::digest);
        let mut digests = digests.collect::<Result<Vec<_>, _>>()?;
        digests.sort_unstable();
        if detectors.is_empty() || digests.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(DetectorError::DetectorSet {
                found: detectors.len(),
            });
        }
        Ok(Self { detectors })
    }

    /// The detectors, at least one.
    pub fn detectors(&self) -> &[Detector] {
        &self.detectors
    }

    /// What any of them reads beyond luma.
    pub fn channels(&self) -> Channels {
        let each = self.detectors.iter().map(Detector::channels);
        each.fold(Channels::default(), |all, channels| all | channels)
    }

    /// Which of them judges an image: the first whose training images are of its kind, or where there is none the first of
    /// those that it is least unlike, by the number of [`Note`]s that say so.
    pub fn choose(&self, file: &FileFacts) -> usize {
        let unlike = |detector: &Detector| {
            let notes = Note::of(file, &detector.training().conditions);
            notes.iter().filter(|note| note.is_out_of_domain()).count()
        };
        let each = self.detectors.iter().map(unlike).enumerate();
        each.min_by_key(|(_, notes)| *notes).map_or(0, |(index, _)| index)
    }

    /// Judges one image: the index of the detector that did, and what it says.
    ///
    /// # Errors
    /// As [`Detector::judge`].
    pub fn judge(
        &self,
        image: &Decoded,
        workspace: &mut Workspace,
    ) -> Result<(usize, Judgement), DetectorError> {
        let file = file_facts(image, workspace);
        let chosen = self.choose(&file);
        Ok((
            chosen,
            self.detectors[chosen].judge_file(image, &file, workspace)?,
        ))
    }

    /// Writes them beside `path` and renames the file when whole; a single one as [`Detector::save`] does.
    ///
    /// # Errors
    /// What the system says when the file can't be written.
    pub fn save(&self, path: &Path) -> Result<(), DetectorError> {
        Ok(write_whole(path, &self.to_bytes()?)?)
    }

    /// Reads a file of one detector or of several.
    ///
    /// # Errors
    /// As [`Detector::load`].
    pub fn load(path: &Path) -> Result<Self, DetectorError> {
        Self::from_bytes(&bounded(path)?)
    }

    /// The file's bytes: each detector's file whole, as an array of bytes.
    ///
    /// # Errors
    /// None that detectors made by this crate can cause.
    pub fn to_bytes(&self) -> Result<Vec<u8>, DetectorError> {
        if let [only] = self.detectors.as_slice() {
            return only.to_bytes();
        }
        let damaged = |error: safetensors::SafeTensorError| DetectorError::Damaged {
            cause: error.to_string(),
        };
        let files = self.detectors.iter().map(Detector::to_bytes);
        let files = files.collect::<Result<Vec<_>, _>>()?;
        let arrays = files.iter().enumerate().map(|(index, bytes)| {
            let array = TensorView::new(Dtype::U8, vec![bytes.len()], bytes)?;
            Ok((format!("detector.{index}"), array))
        });
        let arrays = arrays
            .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()
            .map_err(damaged)?;
        let metadata = HashMap::from([(SET_KEY.to_owned(), VERSION.to_owned())]);
        safetensors::serialize(arrays, Some(metadata)).map_err(damaged)
    }

    /// What [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DetectorError> {
        let foreign = |error: safetensors::SafeTensorError| DetectorError::NotADetector {
            cause: error.to_string(),
        };
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(foreign)?;
        let version = header
            .metadata()
            .as_ref()
            .and_then(|metadata| metadata.get(SET_KEY));
        let Some(version) = version else {
            return Ok(Detector::from_bytes(bytes)?.into());
        };
        let damaged = |cause: String| DetectorError::Damaged { cause };
        if version != VERSION {
            return Err(damaged(format!(
                "detectors put together in the way {version:?}, this program knows {VERSION:?}"
            )));
        }
        let tensors = SafeTensors::deserialize(bytes).map_err(foreign)?;
        let detectors = (0..tensors.len()).map(|index| {
            let name = format!("detector.{index}");
            let array = tensors
                .tensor(&name)
                .map_err(|error| damaged(error.to_string()))?;
            Detector::from_bytes(array.data())
        });
        Self::new(detectors.collect::<Result<_, _>>()?)
    }

    /// SHA-256 of the file, in hexadecimal.
    ///
    /// # Errors
    /// As [`Self::to_bytes`].
    pub fn digest(&self) -> Result<String, DetectorError> {
        Ok(hex::encode(Sha256::digest(self.to_bytes()?)))
    }
}
