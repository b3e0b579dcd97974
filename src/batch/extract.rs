//! One row of features for every input.

use std::sync::OnceLock;

use super::{image_of, item_of};
use crate::dataset::{Input, Item};
use crate::decode::Limits;
use crate::features::{Families, Selection, Workspace};
use crate::table::{Cell, Column, Kind, Schema, TableError};

/// Computes features of one selection and sees to it that all rows have the same columns.
pub struct Extractor {
    families: Families,
    limits: Limits,
    /// Columns of the table, once they are known.
    columns: OnceLock<Vec<String>>,
}

/// What is known of one input, and its features or why there are none.
#[derive(Clone, Debug, PartialEq)]
pub struct ExtractedRow {
    /// The path, as [`crate::dataset::path_text`] writes it.
    pub path: String,
    /// The input, with its label, source and group.
    pub item: Item,
    /// Width, pixels.
    pub width: Option<u32>,
    /// Height, pixels.
    pub height: Option<u32>,
    /// Format found in the content.
    pub format: Option<String>,
    /// Estimated JPEG quality, 1 to 100.
    pub jpeg_quality: Option<u32>,
    /// What the decoder has to say, joined by semicolons.
    pub notes: Option<String>,
    /// The features, or why there are none.
    pub features: Result<Vec<f64>, String>,
}

/// Columns of a feature table before the features themselves.
const LEADING: [(&str, Kind); 11] = [
    ("path", Kind::Text),
    ("label", Kind::Text),
    ("source", Kind::Text),
    ("group", Kind::Text),
    ("recipe", Kind::Text),
    ("width", Kind::Integer),
    ("height", Kind::Integer),
    ("format", Kind::Text),
    ("jpeg_quality", Kind::Integer),
    ("notes", Kind::Text),
    ("error", Kind::Text),
];

/// The columns of a feature table: what is known of an image first, the features last.
///
/// # Errors
/// Feature names that repeat.
pub fn extract_schema(features: &[String]) -> Result<Schema, TableError> {
    let leading = LEADING.iter().map(|(name, kind)| Column::new(*name, *kind));
    Schema::new(
        leading
            .chain(features.iter().map(|name| Column::new(name, Kind::Real)))
            .collect(),
    )
}

impl Extractor {
    /// The features selected (a recipe selects the radial spectrum), from images within `limits`.
    pub fn new(selection: impl Into<Selection>, limits: Limits) -> Self {
        let families = Families::new(selection.into());
        let columns = families
            .fixed_columns()
            .map_or_else(OnceLock::new, OnceLock::from);
        Self {
            families,
            limits,
            columns,
        }
    }

    /// With these columns whatever the first image gives, as where a detector's features are wanted.
    pub fn with_columns(self, columns: &[String]) -> Self {
        Self {
            columns: OnceLock::from(columns.to_vec()),
            ..self
        }
    }

    /// Which features they are.
    pub fn selection(&self) -> &Selection {
        self.families.selection()
    }

    /// Names of the features: known from the start where no recipe keeps one value a ring, else from the first row with
    /// features that [`Self::fitted`] is given.
    pub fn columns(&self) -> Option<&[String]> {
        self.columns.get().map(Vec::as_slice)
    }

    /// The row of one input. Whatever is wrong with the input, there is a row.
    pub fn row(&self, workspace: &mut Workspace, input: &Input) -> ExtractedRow {
        let (item, path) = item_of(input);
        let mut row = ExtractedRow {
            path,
            item: item.clone(),
            width: None,
            height: None,
            format: None,
            jpeg_quality: None,
            notes: None,
            features: Err(String::new()),
        };
        let image = match image_of(input, &self.limits, self.families.wants()) {
            Ok(image) => image,
            Err(error) => {
                return ExtractedRow {
                    features: Err(error),
                    ..row
                };
            }
        };
        row.width = Some(image.source.width);
        row.height = Some(image.source.height);
        row.format = Some(image.source.format.to_string());
        row.jpeg_quality = image
            .source
            .jpeg
            .as_ref()
            .and_then(|jpeg| jpeg.quality)
            .map(u32::from);
        let remarks: Vec<String> = image.source.remarks.iter().map(ToString::to_string).collect();
        row.notes = (!remarks.is_empty()).then(|| remarks.join("; "));
        let mut features = Vec::new();
        row.features = match self.families.extract(&image, workspace, &mut features) {
            Ok(()) => Ok(features),
            Err(error) => Err(error.to_string()),
        };
        row
    }

    /// The row with the table's columns, which are those of the first row with features: a row with another
    /// number of features becomes an error, because its features are not the same ones. To be called in the
    /// order of the inputs.
    pub fn fitted(&self, row: ExtractedRow) -> ExtractedRow {
        let (Ok(features), Some(width), Some(height)) = (&row.features, row.width, row.height) else {
            return row;
        };
        let columns = self
            .columns
            .get_or_init(|| self.families.columns(width, height).unwrap_or_default());
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
            features: Err(error),
            ..row
        }
    }

    /// A fitted row as a row of [`extract_schema`].
    pub fn cells(&self, row: ExtractedRow) -> Vec<Cell> {
        let (features, error) = match row.features {
            Ok(features) => (features, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        let missing = self.columns().map_or(0, <[String]>::len) - features.len();
        let leading = [
            Cell::Text(row.path),
            row.item.label.map(|label| label.to_string()).into(),
            row.item.source.into(),
            row.item.group.into(),
            Cell::Text(self.selection().to_string()),
            row.width.into(),
            row.height.into(),
            row.format.into(),
            row.jpeg_quality.into(),
            row.notes.into(),
            error.into(),
        ];
        let features = features.into_iter().map(Cell::Real);
        leading
            .into_iter()
            .chain(features)
            .chain(std::iter::repeat_n(Cell::Null, missing))
            .collect()
    }
}
