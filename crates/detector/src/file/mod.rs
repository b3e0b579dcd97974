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
use std::sync::Arc;

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use sha2::{Digest, Sha256};

use super::network::{self, Singles};
use super::{Body, Classical, Detector, DetectorError};
use arrays::{Doubles, double, moment_arrays, moments, single, take_prefix, with_prefix};
use description::{Description, PositiveClass, described};
use dftective_atomic_file::write_whole;
use dftective_classify::{Calibration, Model, Scaler};

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
            body: describe_body(&self.body).map_err(|error| damaged(error.to_string()))?,
            calibration: self.calibration.describe(),
            thresholds: self.thresholds,
            training: self.training.clone(),
            has_stand_in: false,
        };
        let text = serde_json::to_string(&description).map_err(|error| damaged(error.to_string()))?;
        let (double, single) = match &self.body {
            Body::Classical(classical) => (
                with_prefix(SCALER, classical.scaler.arrays())
                    .chain(with_prefix(MODEL, classical.model.arrays()))
                    .chain(with_prefix(MOMENTS, moment_arrays(&classical.moments)))
                    .collect(),
                Vec::new(),
            ),
            Body::Network(network) => (Vec::new(), network.arrays()),
        };
        let single = single.into_iter().map(|(name, shape, values)| {
            let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
            (format!("{NETWORK}{name}"), (Dtype::F32, shape, bytes))
        });
        let arrays: BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)> =
            with_prefix(CALIBRATION, self.calibration.arrays())
                .chain(double)
                .map(|(name, array)| {
                    let bytes = array.iter().flat_map(|value| value.to_le_bytes()).collect();
                    (name, (Dtype::F64, array.shape().to_vec(), bytes))
                })
                .chain(single)
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
        Ok(hex::encode(Sha256::digest(self.to_bytes()?)))
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

        let (mut arrays, mut singles) = (Doubles::new(), Singles::new());
        for (name, view) in tensors.tensors() {
            if let Some(own) = name.strip_prefix(NETWORK) {
                let array = single(&view).map_err(|cause| damaged(format!("array {name}: {cause}")))?;
                singles.insert(own.to_owned(), array);
                continue;
            }
            arrays.insert(
                name.clone(),
                double(&view).map_err(|cause| damaged(format!("array {name}: {cause}")))?,
            );
        }
        if description.has_stand_in {
            version4::take_stand_in(&mut arrays).map_err(damaged)?;
        }
        let calibration_arrays = take_prefix(&mut arrays, CALIBRATION);
        let calibration = Calibration::from_parts(description.calibration, calibration_arrays)
            .map_err(|error| damaged(format!("calibration: {error}")))?;
        let images = (description.training.real, description.training.fake);
        let body = match description.body {
            description::Body::Classical(described) => {
                let classical = classical(described, &mut arrays, images).map_err(damaged)?;
                Body::Classical(Box::new(classical))
            }
            description::Body::Network(rule) => {
                Body::Network(Arc::new(network::read(rule, std::mem::take(&mut singles))?))
            }
        };
        if let Some(name) = arrays.keys().chain(singles.keys()).next() {
            return Err(damaged(format!("unknown array {name}")));
        }
        Ok(Self {
            body,
            calibration,
            thresholds: description
                .thresholds
                .check()
                .map_err(|error| damaged(error.to_string()))?,
            training: description.training,
        })
    }
}

fn describe_body(body: &Body) -> Result<description::Body, serde_json::Error> {
    Ok(match body {
        Body::Network(network) => description::Body::Network(network::describe(network)?),
        Body::Classical(classical) => {
            let (families, recipe) = described(&classical.families);
            description::Body::Classical(description::Classical {
                families,
                recipe,
                tiles: classical.selection().tiles(),
                columns: classical.columns.clone(),
                scaling: classical.scaler.scaling(),
                model: classical.model.describe(),
            })
        }
    })
}

/// Features and classifier as described, with their arrays, which are taken out; trained on so many real and fake images.
fn classical(
    described: description::Classical,
    arrays: &mut Doubles,
    images: (u64, u64),
) -> Result<Classical, String> {
    let families = described.families()?;
    let scaler = Scaler::from_parts(described.scaling, take_prefix(arrays, SCALER))
        .map_err(|error| format!("scaler: {error}"))?;
    let model = Model::from_parts(described.model, take_prefix(arrays, MODEL))
        .map_err(|error| format!("model: {error}"))?;
    let columns = described.columns;
    let fixed = families.fixed_columns().map(|fixed| fixed.len());
    if let Some(expected) = fixed.filter(|fixed| *fixed != columns.len()) {
        return Err(format!(
            "{} columns, but its families give {expected} features",
            columns.len()
        ));
    }
    for (what, found) in [
        ("the model", Some(model.features())),
        ("the scaler", scaler.features()),
    ] {
        if let Some(found) = found.filter(|found| *found != columns.len()) {
            return Err(format!(
                "{} columns, but {what} has {found} features",
                columns.len()
            ));
        }
    }
    let moments = moments(take_prefix(arrays, MOMENTS), images, columns.len())
        .map_err(|cause| format!("moments: {cause}"))?;
    Ok(Classical {
        families,
        columns,
        scaler,
        model,
        moments,
    })
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
