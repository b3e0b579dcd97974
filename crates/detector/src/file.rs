//! Detectors as files: safetensors with everything that is not an array as JSON in the metadata.
//!
//! Nothing in the file is executed; Python reads it with `safetensors.safe_open`. The metadata has the one key
//! `dftective`.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use ndarray::{Array1, ArrayD};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::train::hexadecimal;
use super::{Detector, DetectorError, Training};
use dftective_atomic_file::write_whole;
use dftective_classify::{Calibration, CalibrationKind, Model, ModelKind, RejectThresholds, Scaler, Scaling};
use dftective_features::{ClassMoments, Families, Family, FamilyName, Moments, Selection, Tiles};
use dftective_spectrum::Recipe;

/// Version of the file format. A reader takes its own only.
pub const FORMAT_VERSION: u64 = 4;

const KEY: &str = "dftective";
/// What a file of several detectors has in its place.
pub(super) const SET_KEY: &str = "dftective.regimes";
const SCALER: &str = "scaler.";
const MODEL: &str = "model.";
const CALIBRATION: &str = "calibration.";
const MOMENTS: &str = "moments.";
/// Arrays of a network, in single precision; all others are double.
const NETWORK: &str = "network.";
/// Largest file read: an SVM that keeps 200,000 vectors of 722 features has 1.2 GB.
const MAX_BYTES: u64 = 4 << 30;

/// Everything that is not an array.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    format_version: u64,
    /// What the margin's sign and the score mean.
    positive_class: PositiveClass,
    families: Vec<FamilyDescription>,
    /// Squares read instead of whole pictures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tiles: Option<Tiles>,
    columns: Vec<String>,
    scaling: Scaling,
    model: ModelKind,
    calibration: CalibrationKind,
    #[serde(rename = "band")]
    thresholds: RejectThresholds,
    training: Training,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum PositiveClass {
    Fake,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FamilyDescription {
    name: FamilyName,
    /// A spectrum's recipe, or what the family's parameters are.
    settings: String,
}

/// Read before the rest, whose shape depends on it.
#[derive(Deserialize)]
struct Version {
    format_version: u64,
}

impl Detector {
    /// Writes the detector beside `path` and renames it when whole.
    ///
    /// # Errors
    /// What the system says when the file can't be written.
    pub fn save(&self, path: &Path) -> Result<(), DetectorError> {
        Ok(write_whole(path, &self.to_bytes()?)?)
    }

    /// Reads a detector.
    ///
    /// # Errors
    /// A file that can't be read, is no detector, comes from another version, is cut short, has arrays of other
    /// shapes than it should or values that are not finite.
    pub fn load(path: &Path) -> Result<Self, DetectorError> {
        Self::from_bytes(&bounded(path)?)
    }

    /// The file's bytes. The same detector gives the same bytes.
    ///
    /// # Errors
    /// None that a detector made by this crate can cause.
    pub fn to_bytes(&self) -> Result<Vec<u8>, DetectorError> {
        let damaged = |cause: String| DetectorError::Damaged { cause };
        let description = Description {
            format_version: FORMAT_VERSION,
            positive_class: PositiveClass::Fake,
            families: described(&self.families),
            tiles: self.selection().tiles(),
            columns: self.columns.clone(),
            scaling: self.scaler.scaling(),
            model: self.model.describe(),
            calibration: self.calibration.describe(),
            thresholds: self.thresholds,
            training: self.training.clone(),
        };
        let text = serde_json::to_string(&description).map_err(|error| damaged(error.to_string()))?;
        let network = self.families.iter().flat_map(Family::arrays);
        let network = network.map(|(name, shape, values)| {
            let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
            (format!("{NETWORK}{name}"), (Dtype::F32, shape, bytes))
        });
        let arrays: BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)> =
            with_prefix(SCALER, self.scaler.arrays())
                .chain(with_prefix(MODEL, self.model.arrays()))
                .chain(with_prefix(CALIBRATION, self.calibration.arrays()))
                .chain(with_prefix(MOMENTS, moment_arrays(&self.moments)))
                .map(|(name, array)| {
                    let bytes = array.iter().flat_map(|value| value.to_le_bytes()).collect();
                    (name, (Dtype::F64, array.shape().to_vec(), bytes))
                })
                .chain(network)
                .collect();
        let views = arrays
            .iter()
            .map(|(name, (kind, shape, bytes))| Ok((name, TensorView::new(*kind, shape.clone(), bytes)?)))
            .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()
            .map_err(|error| damaged(error.to_string()))?;
        let metadata = HashMap::from([(KEY.to_owned(), text)]);
        safetensors::serialize(views, Some(metadata)).map_err(|error| damaged(error.to_string()))
    }

    /// SHA-256 of the file, in hexadecimal: two detectors with the same digest judge alike.
    ///
    /// # Errors
    /// As [`Self::to_bytes`].
    pub fn digest(&self) -> Result<String, DetectorError> {
        Ok(hexadecimal(&Sha256::digest(self.to_bytes()?)))
    }

    /// The detector that [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DetectorError> {
        let foreign = |cause: String| DetectorError::NotADetector { cause };
        let damaged = |cause: String| DetectorError::Damaged { cause };
        let tensors = SafeTensors::deserialize(bytes).map_err(|error| foreign(error.to_string()))?;
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(|error| foreign(error.to_string()))?;
        let text = header
            .metadata()
            .as_ref()
            .and_then(|metadata| metadata.get(KEY))
            .ok_or_else(|| match header.metadata() {
                Some(metadata) if metadata.contains_key(SET_KEY) => {
                    foreign("a file of several detectors; here one is wanted".to_owned())
                }
                _ => foreign(format!("a safetensors file without '{KEY}' in its metadata")),
            })?;
        let version: Version = serde_json::from_str(text).map_err(|error| damaged(error.to_string()))?;
        let (found, supported) = (version.format_version, FORMAT_VERSION);
        match found.cmp(&supported) {
            Ordering::Less => return Err(DetectorError::OlderVersion { found, supported }),
            Ordering::Greater => return Err(DetectorError::NewerVersion { found, supported }),
            Ordering::Equal => {}
        }
        let description: Description =
            serde_json::from_str(text).map_err(|error| damaged(error.to_string()))?;

        let (mut arrays, mut network) = (BTreeMap::new(), BTreeMap::new());
        for (name, view) in tensors.tensors() {
            if let Some(own) = name.strip_prefix(NETWORK) {
                let array = single(&view).map_err(|cause| damaged(format!("array {name}: {cause}")))?;
                network.insert(own.to_owned(), array);
                continue;
            }
            arrays.insert(
                name.clone(),
                array(&view).map_err(|cause| damaged(format!("array {name}: {cause}")))?,
            );
        }
        let families = match description.families.as_slice() {
            [only] if only.name == FamilyName::Network => {
                let network = network_family(&only.settings, network)?;
                Families::of_network(network, description.tiles)
            }
            _ => families(&description.families, description.tiles).map_err(damaged)?,
        };
        let scaler_arrays = take_prefix(&mut arrays, SCALER);
        let model_arrays = take_prefix(&mut arrays, MODEL);
        let calibration_arrays = take_prefix(&mut arrays, CALIBRATION);
        let moment_arrays = take_prefix(&mut arrays, MOMENTS);
        if let Some(name) = arrays.keys().next() {
            return Err(damaged(format!("unknown array {name}")));
        }
        let scaler = Scaler::from_parts(description.scaling, scaler_arrays)
            .map_err(|error| damaged(format!("scaler: {error}")))?;
        let model = Model::from_parts(description.model, model_arrays)
            .map_err(|error| damaged(format!("model: {error}")))?;
        let calibration = Calibration::from_parts(description.calibration, calibration_arrays)
            .map_err(|error| damaged(format!("calibration: {error}")))?;
        let columns = description.columns;
        let fixed = families.fixed_columns().map(|fixed| fixed.len());
        if let Some(expected) = fixed.filter(|fixed| *fixed != columns.len()) {
            return Err(damaged(format!(
                "{} columns, but its families give {expected} features",
                columns.len()
            )));
        }
        for (what, found) in [
            ("the model", Some(model.features())),
            ("the scaler", scaler.features()),
        ] {
            if let Some(found) = found.filter(|found| *found != columns.len()) {
                return Err(damaged(format!(
                    "{} columns, but {what} has {found} features",
                    columns.len()
                )));
            }
        }
        let moments = moments(moment_arrays, &description.training, columns.len())
            .map_err(|cause| damaged(format!("moments: {cause}")))?;
        Ok(Self {
            families,
            columns,
            scaler,
            model,
            calibration,
            thresholds: description
                .thresholds
                .check()
                .map_err(|error| damaged(error.to_string()))?,
            moments,
            training: description.training,
        })
    }
}

/// The bytes of a file of at most [`MAX_BYTES`].
pub(super) fn bounded(path: &Path) -> Result<Vec<u8>, DetectorError> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?
        .take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(DetectorError::NotADetector {
            cause: format!("larger than {MAX_BYTES} bytes"),
        });
    }
    Ok(bytes)
}

fn described(families: &Families) -> Vec<FamilyDescription> {
    let names = families.selection().families().iter();
    let described = names
        .zip(families.iter())
        .map(|(name, family)| FamilyDescription {
            name: *name,
            settings: family.settings(),
        });
    described.collect()
}

/// The families that [`described`] tells of. Those of other settings would give other features under the same names.
fn families(descriptions: &[FamilyDescription], tiles: Option<Tiles>) -> Result<Families, String> {
    let with_recipe = descriptions.iter().find(|family| family.name.has_recipe());
    let recipe = match with_recipe {
        Some(family) => family.settings.parse().map_err(|error| format!("{error}"))?,
        None => Recipe::default(),
    };
    let names: Vec<FamilyName> = descriptions.iter().map(|family| family.name).collect();
    let selection = Selection::new(&names, recipe).map_err(|error| error.to_string())?;
    let families = Families::new(selection.with_tiles(tiles));
    if families.iter().count() != descriptions.len() {
        return Err("a feature family stands in it twice".to_owned());
    }
    for (own, FamilyDescription { name, settings }) in families.iter().zip(descriptions) {
        if own.settings() != *settings {
            return Err(format!(
                "its {name} features were computed with '{settings}', this program computes '{}'",
                own.settings()
            ));
        }
    }
    Ok(families)
}

const MOMENT_ARRAYS: [&str; 4] = ["real_mean", "real_deviation", "fake_mean", "fake_deviation"];

fn moment_arrays(ClassMoments { real, fake }: &ClassMoments) -> Vec<(String, ArrayD<f64>)> {
    let values = [&real.mean, &real.deviation, &fake.mean, &fake.deviation];
    let named = MOMENT_ARRAYS.iter().zip(values);
    named
        .map(|(name, values)| ((*name).to_owned(), Array1::from(values.clone()).into_dyn()))
        .collect()
}

/// The arrays that [`moment_arrays`] gave, each of `features` finite values.
fn moments(
    mut arrays: BTreeMap<String, ArrayD<f64>>,
    training: &Training,
    features: usize,
) -> Result<ClassMoments, String> {
    let mut take = |name: &str| {
        let array = arrays.remove(name).ok_or_else(|| format!("no array {name}"))?;
        if array.shape() != [features] {
            return Err(format!(
                "{name}: expected shape [{features}], found {:?}",
                array.shape()
            ));
        }
        let is_deviation = name.ends_with("deviation");
        match array
            .iter()
            .find(|value| !value.is_finite() || (is_deviation && **value < 0.0))
        {
            Some(value) => Err(format!("{name} holds {value}")),
            None => Ok(array.into_iter().collect::<Vec<f64>>()),
        }
    };
    let [real_mean, real_deviation, fake_mean, fake_deviation] = MOMENT_ARRAYS.map(&mut take);
    let found = ClassMoments {
        real: Moments {
            images: training.real as usize,
            mean: real_mean?,
            deviation: real_deviation?,
        },
        fake: Moments {
            images: training.fake as usize,
            mean: fake_mean?,
            deviation: fake_deviation?,
        },
    };
    match arrays.keys().next() {
        Some(name) => Err(format!("unknown array {name}")),
        None => Ok(found),
    }
}

fn with_prefix(
    prefix: &'static str,
    arrays: Vec<(String, ArrayD<f64>)>,
) -> impl Iterator<Item = (String, ArrayD<f64>)> {
    arrays
        .into_iter()
        .map(move |(name, array)| (format!("{prefix}{name}"), array))
}

fn take_prefix(arrays: &mut BTreeMap<String, ArrayD<f64>>, prefix: &str) -> BTreeMap<String, ArrayD<f64>> {
    let (taken, rest) = std::mem::take(arrays)
        .into_iter()
        .partition(|(name, _)| name.starts_with(prefix));
    *arrays = rest;
    let strip = |(name, array): (String, _)| (name[prefix.len()..].to_owned(), array);
    BTreeMap::into_iter(taken).map(strip).collect()
}

/// The network of a detector.
#[cfg(feature = "cnn")]
fn network_family(
    settings: &str,
    arrays: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
) -> Result<Arc<dyn Family>, DetectorError> {
    let family = dftective_networks::NetworkFamily::from_parts(settings, arrays);
    Ok(Arc::new(family.map_err(|error| DetectorError::Damaged {
        cause: error.to_string(),
    })?))
}

#[cfg(not(feature = "cnn"))]
fn network_family(
    _: &str,
    _: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
) -> Result<Arc<dyn Family>, DetectorError> {
    Err(DetectorError::NeedsNetworks)
}

fn single(view: &TensorView<'_>) -> Result<(Vec<usize>, Vec<f32>), String> {
    if view.dtype() != Dtype::F32 {
        return Err(format!("expected F32, found {:?}", view.dtype()));
    }
    let values = view.data().as_chunks().0.iter();
    let values = values.map(|bytes| f32::from_le_bytes(*bytes)).collect();
    Ok((view.shape().to_vec(), values))
}

fn array(view: &TensorView<'_>) -> Result<ArrayD<f64>, String> {
    if view.dtype() != Dtype::F64 {
        return Err(format!("expected F64, found {:?}", view.dtype()));
    }
    let values = view
        .data()
        .as_chunks()
        .0
        .iter()
        .map(|bytes| f64::from_le_bytes(*bytes))
        .collect();
    ArrayD::from_shape_vec(view.shape(), values).map_err(|error| error.to_string())
}
