//! Where training stands, kept after each epoch so that it can go on after a kill.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::weights::learnt_numbers;
use super::{CnnError, Trainable};
use dftective_atomic_file::write_whole;
use dftective_classify::{EpochReport, NetworkParams};
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

/// Version of the checkpoint's format: of this description, of what the arrays are (records of burn, in its own format) and
/// of how training goes on from them. Whatever would make the network another one than without the interruption, as
/// another order of random numbers or another optimiser, needs a new version.
///
/// Version 1 named the version of the crate instead, and is read.
pub(super) const FORMAT_VERSION: u64 = 2;

/// What is not an array.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Description {
    #[serde(default = "first_version")]
    pub format_version: u64,
    /// Of version 1.
    #[serde(default, skip_serializing)]
    pub crate_version: Option<String>,
    /// What the arrays are of: a network by name and the numbers that it learns. A network that was changed has others.
    #[serde(default)]
    pub needs: Option<Needs>,
    pub params: NetworkParams,
    pub seed: u64,
    /// SHA-256 of the images' paths and labels and of what they are for, in hexadecimal.
    pub images: String,
    /// Of the epochs done.
    pub reports: Vec<EpochReport>,
    /// SHA-256 of the arrays.
    pub digest: String,
}

fn first_version() -> u64 {
    1
}

/// What a program must have to go on from a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Needs {
    /// The network's name.
    pub architecture: String,
    pub parameters: usize,
}

impl Needs {
    /// Of a training of this network.
    pub fn of(network: &impl Trainable) -> Self {
        Self {
            architecture: network.name().to_owned(),
            parameters: learnt_numbers(network),
        }
    }
}

impl Description {
    /// Of a training that begins.
    pub fn new(needs: Needs, params: &NetworkParams, seed: u64, images: String) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            crate_version: None,
            needs: Some(needs),
            params: params.clone(),
            seed,
            images,
            reports: Vec::new(),
            digest: String::new(),
        }
    }
}

/// Read before the rest, whose shape depends on it.
#[derive(Deserialize)]
struct Version {
    #[serde(default = "first_version")]
    format_version: u64,
}

const KEY: &str = "dftective.checkpoint";
const ARRAYS: [&str; 3] = ["module", "optimiser", "best"];

impl State {
    fn arrays(&self) -> [&[u8]; 3] {
        [&self.module, &self.optimiser, &self.best]
    }
}

fn digest(arrays: [&[u8]; 3]) -> String {
    let mut hash = Sha256::new();
    for array in arrays {
        hash.update((array.len() as u64).to_le_bytes());
        hash.update(array);
    }
    hex::encode(hash.finalize())
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
        let Version { format_version } = serde_json::from_str(text).map_err(|error| self.error(error))?;
        if format_version > FORMAT_VERSION {
            return Err(self.error(format!(
                "of format version {format_version}, this program reads versions up to {FORMAT_VERSION}: use a newer \
                 dftective"
            )));
        }
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
                "another network or other options",
                found.params != expected.params,
            ),
            (
                "a network of this name that was made up otherwise",
                found.needs.is_some() && found.needs != expected.needs,
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

#[cfg(test)]
mod tests {
    use burn::tensor::Device;
    use dftective_classify::Architecture;

    use super::*;
    use crate::networks::Network;

    fn description() -> Description {
        let needs = Needs {
            architecture: "srm-resnet".to_owned(),
            parameters: 264_289,
        };
        Description::new(needs, &NetworkParams::default(), 5, "ab12".to_owned())
    }

    /// A checkpoint whose description is `text`; what the arrays are does not matter to its reading.
    fn written(folder: &Path, text: &str) -> Checkpoint {
        let views = ARRAYS.map(|name| (name, TensorView::new(Dtype::U8, vec![1], &[7]).unwrap()));
        let metadata = HashMap::from([(KEY.to_owned(), text.to_owned())]);
        let path = folder.join("training.checkpoint");
        std::fs::write(&path, safetensors::serialize(views, Some(metadata)).unwrap()).unwrap();
        Checkpoint { path, resume: true }
    }

    fn described(change: impl FnOnce(&mut serde_json::Value)) -> String {
        let mut value = serde_json::to_value(Description {
            digest: digest([&[7]; 3]),
            ..description()
        })
        .unwrap();
        change(&mut value);
        value.to_string()
    }

    #[test]
    fn a_network_needs_the_numbers_that_the_registry_says() {
        for architecture in Architecture::ALL {
            let network = Network::new(architecture, &Device::flex());
            let needs = Needs {
                architecture: architecture.as_str().to_owned(),
                parameters: architecture.parameters(),
            };
            assert_eq!(Needs::of(&network), needs);
        }
    }

    #[test]
    fn what_a_checkpoint_needs_decides_and_not_who_wrote_it() {
        let folder = tempfile::tempdir().unwrap();
        let load = |text: &str| written(folder.path(), text).load(&description());
        assert!(load(&described(|_| ())).unwrap().is_some());
        // As version 1 had it, of whatever crate version.
        for version in ["0.1.0", "9.9.9"] {
            let old = described(|value| {
                let fields = value.as_object_mut().unwrap();
                fields.remove("format_version");
                fields.remove("needs");
                fields.insert("crate_version".to_owned(), version.into());
            });
            assert!(load(&old).unwrap().is_some());
        }
        for (text, expected) in [
            (
                described(|value| {
                    value["format_version"] = 3.into();
                    value["unheard_of"] = 1.into();
                }),
                "of format version 3, this program reads versions up to 2: use a newer dftective",
            ),
            (
                described(|value| value["needs"]["parameters"] = 1.into()),
                "it belongs to a training with a network of this name that was made up otherwise",
            ),
            (
                described(|value| value["seed"] = 6.into()),
                "it belongs to a training with another seed",
            ),
            (
                described(|value| value["digest"] = "".into()),
                "its arrays are damaged",
            ),
        ] {
            let error = load(&text).err().unwrap().to_string();
            assert!(error.ends_with(expected), "{error}");
        }
    }
}
