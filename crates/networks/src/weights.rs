//! A network's weights as plain arrays, with PyTorch's names and layouts.
//!
//! Names are those of a PyTorch state dict: `layer1.0.conv1.weight`, and for a batch normalisation `weight`, `bias`,
//! `running_mean`, `running_var`. A dense layer's weight is outputs × inputs, as in PyTorch; burn has it the other way
//! round.

use std::collections::BTreeMap;
use std::path::PathBuf;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor, TensorData};
use dftective_sample::{short_cause, short_path};
use thiserror::Error;

use super::Trainable;

/// A tensor's dimensions and its values, the last dimension running fastest.
pub type Array = (Vec<usize>, Vec<f32>);

/// Names shown of each list in a message.
const SHOWN: usize = 8;

/// Weights that are not this network's.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// The arrays are not exactly the network's.
    #[error("the weights do not fit {network}:{}", lists(&[
        ("missing", missing), ("unknown", unknown), ("of another shape", other_shape), ("not usable numbers", invalid),
    ]))]
    Mismatch {
        /// The network's name.
        network: &'static str,
        /// Names of the network that no array has.
        missing: Vec<String>,
        /// Names of arrays that the network has not.
        unknown: Vec<String>,
        /// Arrays of another shape, with both shapes.
        other_shape: Vec<String>,
        /// Arrays with a value that is not finite, or a negative variance.
        invalid: Vec<String>,
    },
    /// A file that is not what its name says, is damaged, or cannot be read.
    #[error("{}: {}", short_path(file), short_cause(cause))]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// A file whose name ends in none of the known ways.
    #[error("{}: weights are in a .safetensors, .pt or .pth file", short_path(file))]
    UnknownFormat {
        /// The file.
        file: PathBuf,
    },
    /// No tensor of the file fits.
    #[error(
        "{}: none of its {found} tensors fits {network}{}",
        short_path(file),
        examples(names)
    )]
    NothingFits {
        /// The file.
        file: PathBuf,
        /// The network's name.
        network: &'static str,
        /// Tensors in the file.
        found: usize,
        /// Their names.
        names: Vec<String>,
    },
}

/// The network's tensors in its order: name, dimensions, values. Those that train, and running statistics.
pub fn arrays(network: &impl Module) -> Vec<(String, Vec<usize>, Vec<f32>)> {
    let mut reader = Reader::default();
    // A training network keeps its latest statistics aside; its inferring copy has them.
    network.valid().visit(&mut reader);
    reader.arrays
}

/// Name and dimensions of every tensor, in the network's order.
pub fn shapes(network: &impl Module) -> Vec<(String, Vec<usize>)> {
    let mut shapes = Shapes::default();
    network.visit(&mut shapes);
    shapes.found
}

/// The network with these arrays as its weights and statistics, all of them, on the device it was on.
///
/// # Errors
/// [`WeightsError::Mismatch`], with every name that is missing, unknown, of another shape, or has values that are not
/// finite or, of a variance, negative.
pub fn set_arrays<N: Trainable>(network: N, arrays: BTreeMap<String, Array>) -> Result<N, WeightsError> {
    check(&network, &arrays)?;
    let settled = match network.devices().first() {
        // Statistics that a training network keeps aside would otherwise come back over the new ones.
        Some(device) if device.is_autodiff() => network.valid().train(),
        _ => network,
    };
    Ok(settled.map(&mut Writer {
        path: Path::default(),
        arrays,
    }))
}

/// How many numbers a network learns: all but the statistics of its normalisations. Weights that are yet to be drawn
/// stay so.
pub(super) fn learnt_numbers(network: &impl Module) -> usize {
    let learnt = shapes(network)
        .into_iter()
        .filter(|(name, _)| !name.contains("running_"));
    learnt.map(|(_, shape)| shape.iter().product::<usize>()).sum()
}

fn check(network: &impl Trainable, arrays: &BTreeMap<String, Array>) -> Result<(), WeightsError> {
    let shapes: BTreeMap<_, _> = shapes(network).into_iter().collect();
    let missing: Vec<_> = shapes
        .keys()
        .filter(|name| !arrays.contains_key(*name))
        .cloned()
        .collect();
    let (mut unknown, mut other_shape, mut invalid) = (Vec::new(), Vec::new(), Vec::new());
    for (name, (shape, values)) in arrays {
        match shapes.get(name) {
            None => unknown.push(name.clone()),
            Some(expected) if expected != shape || values.len() != expected.iter().product::<usize>() => {
                other_shape.push(shape_difference(name, expected, shape));
            }
            Some(_) => {
                let least = if name.ends_with(".running_var") {
                    0.0
                } else {
                    f32::MIN
                };
                if !values.iter().all(|value| value.is_finite() && *value >= least) {
                    invalid.push(name.clone());
                }
            }
        }
    }
    if [&missing, &unknown, &other_shape, &invalid]
        .iter()
        .all(|list| list.is_empty())
    {
        return Ok(());
    }
    Err(WeightsError::Mismatch {
        network: network.name(),
        missing,
        unknown,
        other_shape,
        invalid,
    })
}

/// `name (here 1 × 2048, there 1000 × 2048)`.
pub(super) fn shape_difference(name: &str, expected: &[usize], found: &[usize]) -> String {
    let text = |shape: &[usize]| match shape {
        [] => "a single value".to_owned(),
        _ => shape.iter().map(usize::to_string).collect::<Vec<_>>().join(" × "),
    };
    format!("{name} (here {}, there {})", text(expected), text(found))
}

/// One line for each list that is not empty.
pub(super) fn lists(lists: &[(&str, &Vec<String>)]) -> String {
    lists
        .iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(label, names)| format!("\n  {} {label}: {}", names.len(), few(names)))
        .collect()
}

fn examples(names: &[String]) -> String {
    if names.is_empty() {
        String::new()
    } else {
        format!(": {}", few(names))
    }
}

fn few(names: &[String]) -> String {
    let shown: Vec<&str> = names.iter().take(SHOWN).map(String::as_str).collect();
    let shown = short_cause(shown.join(", "));
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// Where a traversal is: PyTorch's name of each level, `None` for a level that PyTorch has not.
#[derive(Default)]
struct Path {
    levels: Vec<Option<String>>,
    /// Whether the innermost level belongs to a dense layer.
    dense: bool,
}

impl Path {
    fn enter(&mut self, name: &str, container: &str) {
        let name = match (container, name) {
            ("Struct:BatchNorm", "gamma") => "weight",
            ("Struct:BatchNorm", "beta") => "bias",
            _ => name,
        };
        self.levels
            .push((!container.starts_with("Enum:")).then(|| name.to_owned()));
        self.dense = container == "Struct:Linear";
    }

    fn exit(&mut self) {
        self.levels.pop();
    }

    fn name(&self) -> String {
        self.levels
            .iter()
            .flatten()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(".")
    }

    /// Whether PyTorch has the tensor's two dimensions the other way round.
    fn is_turned<const D: usize>(&self) -> bool {
        self.dense && D == 2
    }
}

#[derive(Default)]
struct Shapes {
    path: Path,
    found: Vec<(String, Vec<usize>)>,
}

impl ModuleVisitor for Shapes {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.path.enter(name, container);
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.exit();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let mut shape = param.lazy_shape().to_vec();
        if self.path.is_turned::<D>() {
            shape.reverse();
        }
        self.found.push((self.path.name(), shape));
    }
}

#[derive(Default)]
struct Reader {
    path: Path,
    arrays: Vec<(String, Vec<usize>, Vec<f32>)>,
}

impl ModuleVisitor for Reader {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.path.enter(name, container);
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.exit();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let tensor = turned_if(self.path.is_turned::<D>(), param.val());
        let shape = tensor.dims().to_vec();
        let values = tensor.into_data().iter::<f32>().collect();
        self.arrays.push((self.path.name(), shape, values));
    }
}

struct Writer {
    path: Path,
    arrays: BTreeMap<String, Array>,
}

impl ModuleMapper for Writer {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.path.enter(name, container);
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.exit();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some((shape, values)) = self.arrays.remove(&self.path.name()) else {
            return param;
        };
        let data = TensorData::new(values, shape);
        let data = match self.path.is_turned::<D>() {
            // Back to data, so that the weights lie in memory as burn wants them.
            true => turned_if(true, Tensor::<D>::from_data(data, &Device::flex())).into_data(),
            false => data,
        };
        param.map(|old| Tensor::from_data(data, &old.device()).set_require_grad(old.is_require_grad()))
    }
}

fn turned_if<const D: usize>(turn: bool, tensor: Tensor<D>) -> Tensor<D> {
    if turn { tensor.swap_dims(0, 1) } else { tensor }
}
