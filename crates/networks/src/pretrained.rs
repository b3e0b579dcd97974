//! Weights from files of PyTorch and safetensors, as far as they fit.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use burn::store::bridge::to_data;
use burn::store::burn_pack::Tensor as Stored;
use burn::store::{ModuleStore, PytorchStore, SafetensorsStore};

use super::Trainable;
use super::weights::{Array, WeightsError, arrays, lists, set_arrays, shape_difference, shapes};

/// What of a file went into a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matched {
    /// The network's tensors that the file had.
    pub loaded: Vec<String>,
    /// The network's tensors that it had not; they keep their initial values.
    pub missing: Vec<String>,
    /// Tensors of the file that the network has not, by their names in the file.
    pub unknown: Vec<String>,
    /// Tensors that differ in shape, with both shapes; they too keep their initial values.
    pub other_shape: Vec<String>,
    /// Whether a head of two outputs became the one logit.
    pub folded: bool,
}

impl fmt::Display for Matched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.loaded.len() + self.missing.len() + self.other_shape.len();
        write!(f, "{} of {all} tensors loaded", self.loaded.len())?;
        if self.folded {
            write!(
                f,
                "; the two outputs became one logit, the second's (fake) less the first's"
            )?;
        }
        f.write_str(&lists(&[
            ("not in the file, left as initialised", &self.missing),
            ("of another shape, left as initialised", &self.other_shape),
            ("in the file only, not used", &self.unknown),
        ]))
    }
}

/// Fills a network from a PyTorch state dict (`.pt`, `.pth`) or a safetensors file with PyTorch's names and layouts.
/// Code in a pickle is never run.
///
/// The state dict may lie in a dictionary of a checkpoint (`state_dict`, `model`) and its names may have any common
/// prefix (`module.`). A head of two outputs is folded into the logit, exactly: softmax over (genuine, fake), class 1
/// being fake, is the logistic function of the second output less the first. A head behind a dropout
/// (`last_linear.1.weight`) and 1×1 convolutions saved without their trailing dimensions fit too.
/// `num_batches_tracked` is ignored. What does not fit keeps its initial value, and is listed.
///
/// Only tensors that fit are read, so memory is bounded by the network.
///
/// # Errors
/// [`WeightsError::UnknownFormat`]; [`WeightsError::Unreadable`] for a file that is damaged, or whose values are not
/// finite or no real numbers; [`WeightsError::NothingFits`] where nothing is of this network.
pub fn init_from_file<N: Trainable>(network: N, path: &Path) -> Result<(N, Matched), WeightsError> {
    let mut stored = stored(path)?;
    stored.retain(|name, _| !name.ends_with("num_batches_tracked"));
    let shapes = shapes(&network);
    let expected: BTreeMap<&str, &[usize]> = shapes
        .iter()
        .map(|(name, shape)| (name.as_str(), shape.as_slice()))
        .collect();
    let prefix = prefix(&stored, &expected);
    let mut weights: BTreeMap<String, Array> = arrays(&network)
        .into_iter()
        .map(|(name, shape, values)| (name, (shape, values)))
        .collect();
    let (mut loaded, mut unknown, mut other_shape, mut folded) = (vec![], vec![], vec![], false);
    let mut seen = Vec::new();
    for (full_name, tensor) in &stored {
        let known = full_name
            .strip_prefix(&prefix)
            .and_then(|name| known(name, &expected));
        let Some((name, shape)) = known.filter(|(name, _)| !seen.contains(name)) else {
            unknown.push(full_name.clone());
            continue;
        };
        seen.push(name);
        let Some(fit) = Fit::of(shape, &tensor.shape) else {
            other_shape.push(shape_difference(name, shape, &tensor.shape));
            continue;
        };
        let values = values(tensor).map_err(|cause| unreadable(path, format!("{full_name}: {cause}")))?;
        folded |= fit == Fit::Folded;
        weights.insert(name.to_owned(), (shape.to_vec(), fit.apply(values)));
        loaded.push(name.to_owned());
    }
    if loaded.is_empty() {
        return Err(WeightsError::NothingFits {
            file: path.to_owned(),
            network: network.name(),
            found: stored.len(),
            names: stored.into_keys().collect(),
        });
    }
    let missing = shapes
        .iter()
        .map(|(name, _)| name)
        .filter(|name| !seen.contains(&name.as_str()))
        .cloned()
        .collect();
    let network = set_arrays(network, weights).map_err(|cause| unreadable(path, cause.to_string()))?;
    Ok((
        network,
        Matched {
            loaded,
            missing,
            unknown,
            other_shape,
            folded,
        },
    ))
}

fn stored(path: &Path) -> Result<BTreeMap<String, Stored>, WeightsError> {
    let extension = path.extension().map(|extension| extension.to_ascii_lowercase());
    // The stores would otherwise close gaps in numbered layers, which our names keep.
    match extension.as_ref().and_then(|extension| extension.to_str()) {
        Some("safetensors") => tensors(
            SafetensorsStore::from_file(path).map_indices_contiguous(false),
            path,
        ),
        Some("pt" | "pth") => tensors(PytorchStore::from_file(path).map_indices_contiguous(false), path),
        _ => Err(WeightsError::UnknownFormat {
            file: path.to_owned(),
        }),
    }
}

fn tensors(mut store: impl ModuleStore, path: &Path) -> Result<BTreeMap<String, Stored>, WeightsError> {
    match store.get_all_tensors() {
        Ok(tensors) => Ok(tensors.clone()),
        Err(cause) => Err(unreadable(path, cause.to_string())),
    }
}

fn unreadable(file: &Path, cause: String) -> WeightsError {
    WeightsError::Unreadable {
        file: file.to_owned(),
        cause,
    }
}

/// What to take off the names in the file: of all that names of the network end, the prefix of most, then the shortest.
fn prefix(stored: &BTreeMap<String, Stored>, expected: &BTreeMap<&str, &[usize]>) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for name in stored.keys() {
        let starts = std::iter::once(0).chain(name.match_indices('.').map(|(at, _)| at + 1));
        for (prefix, _) in starts
            .map(|start| name.split_at(start))
            .filter(|(_, rest)| known(rest, expected).is_some())
        {
            *counts.entry(prefix).or_default() += 1;
        }
    }
    let best = counts
        .into_iter()
        .max_by_key(|(prefix, count)| (*count, std::cmp::Reverse(prefix.len())));
    best.map_or_else(String::new, |(prefix, _)| prefix.to_owned())
}

/// The network's own name and shape for a name in a file.
fn known<'a>(name: &str, expected: &BTreeMap<&'a str, &'a [usize]>) -> Option<(&'a str, &'a [usize])> {
    let exact = |name: &str| expected.get_key_value(name).map(|(name, shape)| (*name, *shape));
    exact(name).or_else(|| {
        let (layer, tensor) = name.rsplit_once('.')?;
        let behind_dropout = format!("{}.{tensor}", layer.strip_suffix(".1")?);
        exact(&behind_dropout).filter(|(_, shape)| shape[0] == 1)
    })
}

/// How a tensor of a file becomes one of the network.
#[derive(Clone, Copy, PartialEq)]
enum Fit {
    AsIs,
    /// Two outputs to one: row 1, fake, less row 0.
    Folded,
}

impl Fit {
    fn of(expected: &[usize], found: &[usize]) -> Option<Self> {
        let trailing = expected.len().checked_sub(found.len())?;
        let (same, ones) = expected.split_at(expected.len() - trailing);
        match (same, found) {
            _ if same == found && ones.iter().all(|side| *side == 1) => Some(Self::AsIs),
            ([1, inner @ ..], [2, found_inner @ ..]) if trailing == 0 && inner == found_inner => {
                Some(Self::Folded)
            }
            _ => None,
        }
    }

    fn apply(self, values: Vec<f32>) -> Vec<f32> {
        match self {
            Self::AsIs => values,
            Self::Folded => {
                let (genuine, fake) = values.split_at(values.len() / 2);
                fake.iter()
                    .zip(genuine)
                    .map(|(fake, genuine)| fake - genuine)
                    .collect()
            }
        }
    }
}

fn values(tensor: &Stored) -> Result<Vec<f32>, String> {
    if !tensor.dtype.is_float() {
        return Err(format!("its values are {:?}, not real numbers", tensor.dtype));
    }
    let data = to_data(tensor).map_err(|cause| cause.to_string())?;
    Ok(data.iter::<f32>().collect())
}
