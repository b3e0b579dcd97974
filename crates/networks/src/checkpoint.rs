//! Where training stands, kept after each epoch so that it can go on after a kill.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{CnnError, EpochReport};
use dftective_atomic_file::write_whole;
use dftective_classify::NetworkParams;
use dftective_sample::path_text;

/// A file that training writes after each epoch, and that it goes on from.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// The file.
    pub path: PathBuf,
    /// Whether training goes on from it, if it is there.
    pub resume: bool,
}

/// Everything that training needs to go on as if it had never ended.
pub(super) struct State {
    pub description: Description,
    /// The weights that are trained.
    pub module: Vec<u8>,
    /// The optimiser's moments.
    pub optimiser: Vec<u8>,
    /// The weights of the best epoch.
    pub best: Vec<u8>,
}

/// What is not an array.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Description {
    pub crate_version: String,
    pub params: NetworkParams,
    pub seed: u64,
    /// SHA-256 of the images' paths and labels and of what they are for, in hexadecimal.
    pub images: String,
    /// Of the epochs done.
    pub reports: Vec<EpochReport>,
    /// SHA-256 of the arrays.
    pub digest: String,
}

const KEY: &str = "dftective.checkpoint";
const ARRAYS: [&str; 3] = ["module", "optimiser", "best"];

impl State {
    fn arrays(&self) -> [&[u8]; 3] {
        [&self.module, &self.optimiser, &self.best]
    }
}

/// The hash as text.
pub(super) fn hexadecimal(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn digest(arrays: [&[u8]; 3]) -> String {
    let mut hash = Sha256::new();
    for array in arrays {
        hash.update((array.len() as u64).to_le_bytes());
        hash.update(array);
    }
    hexadecimal(hash)
}

impl Checkpoint {
    fn error(&self, cause: impl ToString) -> CnnError {
        CnnError::Checkpoint {
            path: path_text(&self.path),
            cause: cause.to_string(),
        }
    }

    /// Writes the state beside the file and renames it when whole: the last one stays where that fails.
    pub(super) fn save(&self, mut state: State) -> Result<(), CnnError> {
        state.description.digest = digest(state.arrays());
        let text = serde_json::to_string(&state.description).map_err(|error| self.error(error))?;
        let views = ARRAYS
            .iter()
            .zip(state.arrays())
            .map(|(name, bytes)| Ok((*name, TensorView::new(Dtype::U8, vec![bytes.len()], bytes)?)))
            .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()
            .map_err(|error| self.error(error))?;
        let metadata = HashMap::from([(KEY.to_owned(), text)]);
        let bytes = safetensors::serialize(views, Some(metadata)).map_err(|error| self.error(error))?;
        write_whole(&self.path, &bytes).map_err(|error| self.error(error))
    }

    /// The state to go on from, if one is wanted and there.
    ///
    /// # Errors
    /// A file that is no checkpoint, is damaged, or belongs to another training than `expected`.
    pub(super) fn load(&self, expected: &Description) -> Result<Option<State>, CnnError> {
        if !self.resume {
            return Ok(None);
        }
        let bytes = match std::fs::read(&self.path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|error| self.error(error))?,
        };
        let none = |error: safetensors::SafeTensorError| self.error(format!("not a checkpoint: {error}"));
        let tensors = SafeTensors::deserialize(&bytes).map_err(none)?;
        let (_, header) = SafeTensors::read_metadata(&bytes).map_err(none)?;
        let text = header.metadata().as_ref().and_then(|metadata| metadata.get(KEY));
        let text = text.ok_or_else(|| self.error("not a checkpoint"))?;
        let description: Description = serde_json::from_str(text).map_err(|error| self.error(error))?;
        let array = |name: &str| {
            tensors
                .tensor(name)
                .map(|view| view.data().to_vec())
                .map_err(none)
        };
        let [module, optimiser, best] = ARRAYS.map(array);
        let state = State {
            module: module?,
            optimiser: optimiser?,
            best: best?,
            description,
        };
        let found = &state.description;
        if found.digest != digest(state.arrays()) {
            return Err(self.error("its arrays are damaged"));
        }
        let differs = [
            (
                "another version of this program",
                found.crate_version != expected.crate_version,
            ),
            (
                "another network or other options",
                found.params != expected.params,
            ),
            ("another seed", found.seed != expected.seed),
            ("other images", found.images != expected.images),
        ];
        match differs.into_iter().find(|(_, differs)| *differs) {
            Some((what, _)) => Err(self.error(format!("it belongs to a training with {what}"))),
            None => Ok(Some(state)),
        }
    }

    /// Takes the file away once training has ended.
    pub fn remove(path: &Path) -> std::io::Result<()> {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}
