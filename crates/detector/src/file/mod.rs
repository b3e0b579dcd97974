//! Detectors as files: safetensors with everything that is not an array as JSON in the metadata.
//!
//! Nothing in the file is executed; Python reads it with `safetensors.safe_open`. The metadata has the one key
//! `dftective`.

mod arrays;
mod description;
mod recipe;
mod version4;

use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::path::Path;
#[cfg(feature = "cnn")]
use std::sync::Arc;

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::train::hexadecimal;
use super::{Detector, DetectorError};
use arrays::{double, moment_arrays, moments, single, take_prefix, with_prefix};
use description::{Body, Classical, Description, PositiveClass, described};
use dftective_atomic_file::write_whole;
use dftective_classify::{Calibration, Model, ModelKind, Scaler, Scaling};
use dftective_features::{Families, Family, FamilyName, NETWORK_COLUMN};

/// Version of the file format that is written. Version 4 is read, too.
pub const FORMAT_VERSION: u64 = 5;

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
            body: self.described_body().map_err(damaged)?,
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
        let description = Description::read(text)?;

        let (mut arrays, mut network) = (BTreeMap::new(), BTreeMap::new());
        for (name, view) in tensors.tensors() {
            if let Some(own) = name.strip_prefix(NETWORK) {
                let array = single(&view).map_err(|cause| damaged(format!("array {name}: {cause}")))?;
                network.insert(own.to_owned(), array);
                continue;
            }
            arrays.insert(
                name.clone(),
                double(&view).map_err(|cause| damaged(format!("array {name}: {cause}")))?,
            );
        }
        let (families, columns, scaling, model) = match description.body {
            Body::Network(rule) => (
                network_families(rule, network)?,
                vec![NETWORK_COLUMN.to_owned()],
                Scaling::None,
                ModelKind::Linear,
            ),
            Body::Classical(classical) => (
                classical.families().map_err(damaged)?,
                classical.columns,
                classical.scaling,
                classical.model,
            ),
        };
        let scaler_arrays = take_prefix(&mut arrays, SCALER);
        let model_arrays = take_prefix(&mut arrays, MODEL);
        let calibration_arrays = take_prefix(&mut arrays, CALIBRATION);
        let moment_arrays = take_prefix(&mut arrays, MOMENTS);
        if let Some(name) = arrays.keys().next() {
            return Err(damaged(format!("unknown array {name}")));
        }
        let scaler = Scaler::from_parts(scaling, scaler_arrays)
            .map_err(|error| damaged(format!("scaler: {error}")))?;
        let model =
            Model::from_parts(model, model_arrays).map_err(|error| damaged(format!("model: {error}")))?;
        let calibration = Calibration::from_parts(description.calibration, calibration_arrays)
            .map_err(|error| damaged(format!("calibration: {error}")))?;
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
        let images = (description.training.real, description.training.fake);
        let moments = moments(moment_arrays, images, columns.len())
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

    fn described_body(&self) -> Result<Body, String> {
        if let [FamilyName::Network] = self.selection().families() {
            let settings = self.families.iter().map(Family::settings).collect::<String>();
            let mut rule: Value = serde_json::from_str(&settings).map_err(|error| error.to_string())?;
            if let Some(tiles) = self.selection().tiles() {
                rule["tiles"] = tiles.to_string().into();
            }
            return Ok(Body::Network(rule));
        }
        let (families, recipe) = described(&self.families);
        Ok(Body::Classical(Classical {
            families,
            recipe,
            tiles: self.selection().tiles(),
            columns: self.columns.clone(),
            scaling: self.scaler.scaling(),
            model: self.model.describe(),
        }))
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

/// The network of a detector.
#[cfg(feature = "cnn")]
fn network_families(
    mut rule: Value,
    arrays: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
) -> Result<Families, DetectorError> {
    let damaged = |cause: String| DetectorError::Damaged { cause };
    let tiles = rule.as_object_mut().and_then(|fields| fields.remove("tiles"));
    let tiles = tiles.map(serde_json::from_value).transpose();
    let tiles = tiles.map_err(|error| damaged(error.to_string()))?;
    let family = dftective_networks::NetworkFamily::from_parts(&rule.to_string(), arrays)
        .map_err(|error| damaged(error.to_string()))?;
    Ok(Families::of_network(Arc::new(family), tiles))
}

#[cfg(not(feature = "cnn"))]
fn network_families(
    _: Value,
    _: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
) -> Result<Families, DetectorError> {
    Err(DetectorError::NeedsNetworks)
}
