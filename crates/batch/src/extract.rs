//! One row of features for every input.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use super::recompression::{Recompression, recompressed};
use super::{image_of, sample_of};
use dftective_datasets::Input;
use dftective_decode::{Decoded, Limits};
use dftective_detector::Inputs;
use dftective_features::{Families, Selection, Workspace, file_facts};
use dftective_records::table::{Cell, Column, Kind, Schema, TableError};
use dftective_sample::columns::FEATURE_TABLE;
use dftective_sample::{ErrorCode, Sample, SampleError};
use dftective_spectrum::Accelerator;

/// Computes features of one selection, or a network's logits, and sees to it that all rows have the same columns.
pub struct Extractor {
    inputs: Inputs,
    selection: Selection,
    limits: Limits,
    copies: Option<Recompression>,
    /// Columns of the table, once they are known.
    columns: OnceLock<Vec<String>>,
    accelerator: Option<Arc<dyn Accelerator>>,
}

/// What is known of one input, and its features or why there are none.
#[derive(Clone, Debug, PartialEq)]
pub struct ExtractedRow {
    /// The image.
    pub sample: Sample,
    /// What the decoder has to say, joined by semicolons.
    pub notes: Option<String>,
    /// The features, or why there are none.
    pub features: Result<Vec<f64>, SampleError>,
}

/// The columns of a feature table: what is known of an image first, the features last.
///
/// # Errors
/// Feature names that repeat.
pub fn extract_schema(features: &[String]) -> Result<Schema, TableError> {
    let leading = FEATURE_TABLE.iter().map(Column::from);
    Schema::new(
        leading
            .chain(features.iter().map(|name| Column::new(name, Kind::Real)))
            .collect(),
    )
}

impl Extractor {
    /// The features selected (a recipe selects the radial spectrum), from images within `limits`.
    pub fn new(selection: impl Into<Selection>, limits: Limits) -> Self {
        Self::of(Families::new(selection.into()).into(), limits)
    }

    /// What a detector is given of images within `limits`: [`Detector::inputs`](dftective_detector::Detector::inputs).
    pub fn of(inputs: Inputs, limits: Limits) -> Self {
        let columns = inputs.fixed_columns().map_or_else(OnceLock::new, OnceLock::from);
        Self {
            selection: inputs.selection(),
            inputs,
            limits,
            copies: None,
            columns,
            accelerator: None,
        }
    }

    /// With copies of each image at other JPEG qualities, see [`Self::rows`].
    pub fn with_copies(self, copies: Option<Recompression>) -> Self {
        Self { copies, ..self }
    }

    /// The copies made of each image.
    pub fn copies(&self) -> Option<&Recompression> {
        self.copies.as_ref()
    }

    /// With these columns whatever the first image gives, as where a detector's features are wanted.
    pub fn with_columns(self, columns: &[String]) -> Self {
        Self {
            columns: OnceLock::from(columns.to_vec()),
            ..self
        }
    }

    /// With a device that is asked for spectra first.
    pub fn with_accelerator(self, accelerator: Option<Arc<dyn Accelerator>>) -> Self {
        Self { accelerator, ..self }
    }

    /// That device.
    pub fn accelerator(&self) -> Option<Arc<dyn Accelerator>> {
        self.accelerator.clone()
    }

    /// Memory for one thread, which knows the device.
    pub fn workspace(&self) -> Workspace {
        Workspace::with_accelerator(self.accelerator.clone())
    }

    /// Which features they are; none where a network reads the images.
    pub fn selection(&self) -> &Selection {
        &self.selection
    }

    /// Names of the features: known from the start where no recipe keeps one value a radial bin, else from the first row with
    /// features that [`Self::fitted`] is given.
    pub fn columns(&self) -> Option<&[String]> {
        self.columns.get().map(Vec::as_slice)
    }

    /// The row of one input. Whatever is wrong with the input, there is a row.
    pub fn row(&self, workspace: &mut Workspace, input: &Input) -> ExtractedRow {
        let row = empty_row(input);
        match image_of(input, &self.limits, self.inputs.channels()) {
            Ok(image) => self.filled(row, &image, workspace),
            Err(error) => ExtractedRow {
                features: Err(error),
                ..row
            },
        }
    }

    /// The row of an image that is decoded already, of whose file `sample` says what is known.
    pub fn row_of_image(&self, sample: Sample, image: &Decoded, workspace: &mut Workspace) -> ExtractedRow {
        let remarks: Vec<String> = image.source.remarks.iter().map(ToString::to_string).collect();
        let mut features = Vec::new();
        let extracted = self.inputs.extract(image, workspace, &mut features);
        ExtractedRow {
            sample,
            notes: (!remarks.is_empty()).then(|| remarks.join("; ")),
            features: extracted
                .map(|()| features)
                .map_err(|error| SampleError::new(error.code(), error)),
        }
    }

    /// The row of one input and those of its copies. All of them are one group, the input's or one named after it, so that
    /// no split parts an image from its copies.
    pub fn rows(&self, workspace: &mut Workspace, input: &Input) -> Vec<ExtractedRow> {
        let Some(copies) = &self.copies else {
            return vec![self.row(workspace, input)];
        };
        let mut row = empty_row(input);
        let name = row.sample.name();
        row.sample.group.get_or_insert(name);
        let channels = self.inputs.channels();
        let image = match image_of(input, &self.limits, channels | Recompression::CHANNELS) {
            Ok(image) => image,
            Err(error) => {
                row.features = Err(error);
                return vec![row];
            }
        };
        let mut rows = vec![self.filled(row.clone(), &image, workspace)];
        for quality in copies.qualities_of(Path::new(&*row.sample.origin.text())) {
            let mut copy = row.clone();
            copy.sample.copy_quality = Some(quality);
            rows.push(match recompressed(&image, quality, &self.limits, channels) {
                Ok(image) => self.filled(copy, &image, workspace),
                Err(error) => ExtractedRow {
                    features: Err(error),
                    ..copy
                },
            });
        }
        rows
    }

    /// The row with what the image has.
    fn filled(&self, row: ExtractedRow, image: &Decoded, workspace: &mut Workspace) -> ExtractedRow {
        let sample = Sample {
            file: file_facts(image, workspace),
            ..row.sample
        };
        self.row_of_image(sample, image, workspace)
    }

    /// The row with the table's columns, which are those of the first row with features: a row with another
    /// number of features becomes an error, because its features are not the same ones. To be called in the
    /// order of the inputs.
    pub fn fitted(&self, row: ExtractedRow) -> ExtractedRow {
        let (Ok(features), Some((width, height))) = (&row.features, row.sample.file.size()) else {
            return row;
        };
        let columns = self
            .columns
            .get_or_init(|| self.inputs.columns(width, height).unwrap_or_default());
        if features.len() == columns.len() {
            return row;
        }
        let error = format!(
            "{width}x{height} pixels give {} features where {} are expected: a recipe that resamples (bins) takes \
             any size",
            features.len(),
            columns.len()
        );
        ExtractedRow {
            features: Err(SampleError::new(ErrorCode::WrongSize, error)),
            ..row
        }
    }

    /// A fitted row as a row of [`extract_schema`].
    pub fn cells(&self, row: ExtractedRow) -> Vec<Cell> {
        let (features, error) = match row.features {
            Ok(features) => (features, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        let code = error.as_ref().map(|error| error.code.to_string());
        let missing = self.columns().map_or(0, <[String]>::len) - features.len();
        let sample = row.sample;
        let leading: [Cell; FEATURE_TABLE.len()] = [
            Cell::Text(sample.name()),
            sample.label.map(|label| label.to_string()).into(),
            sample.source.into(),
            sample.group.into(),
            sample.split.map(|split| split.to_string()).into(),
            Cell::Text(self.selection().to_string()),
            sample.file.width.into(),
            sample.file.height.into(),
            sample.file.format.into(),
            sample.file.jpeg_quality.into(),
            sample.file.subsampling.into(),
            sample.file.resampling.into(),
            row.notes.into(),
            error.map(|error| error.message).into(),
            code.into(),
        ];
        let features = features.into_iter().map(Cell::Real);
        leading
            .into_iter()
            .chain(features)
            .chain(std::iter::repeat_n(Cell::Null, missing))
            .collect()
    }
}

/// What is known of an input before it is read.
fn empty_row(input: &Input) -> ExtractedRow {
    ExtractedRow {
        sample: sample_of(input).clone(),
        notes: None,
        features: Err(SampleError::new(ErrorCode::Other, "not read")),
    }
}
