//! Computing the features of images, one row each.

use dftective_batch::{ExtractedRow, Extractor, extract_schema};
use dftective_datasets::Input;
use dftective_features::Workspace;
use dftective_records::table::{Cell, Schema, TableError, Target, Writer};

use crate::table::{Rows, Tally, write_table};
use crate::{Context, TableRequest, TableResult, TaskError};

/// Images without features, whose rows say why.
#[derive(Default)]
struct Failed(u64);

impl Tally<ExtractedRow> for Failed {
    fn add(&mut self, row: &ExtractedRow) {
        self.0 += u64::from(row.features.is_err());
    }

    fn add_kept(&mut self, error: &Cell) {
        self.0 += u64::from(*error != Cell::Null);
    }
}

impl Rows for Extractor {
    type Row = ExtractedRow;

    const KEPT: &'static str = "error";

    fn row(&self, workspace: &mut Workspace, input: &Input) -> ExtractedRow {
        self.row(workspace, input)
    }

    fn fitted(&self, row: ExtractedRow) -> ExtractedRow {
        self.fitted(row)
    }

    fn schema(&self) -> Result<Option<Schema>, TableError> {
        self.columns().map(extract_schema).transpose()
    }

    fn schema_without_rows(&self) -> Result<Schema, TableError> {
        extract_schema(&[])
    }

    fn cells(&self, row: ExtractedRow) -> Vec<Cell> {
        self.cells(row)
    }
}

/// Computes features into a table: one row for every input, in their order, whatever is wrong with it. Also how many have
/// none, and the extractor, which knows its columns then.
///
/// # Errors
/// No input at all; a table that cannot be written, or gone on with. Cancelling is no error: the result says so.
pub fn extract(
    inputs: impl Iterator<Item = Input>,
    extractor: Extractor,
    table: &TableRequest,
    context: &Context<'_>,
) -> Result<(TableResult, u64, Extractor), TaskError> {
    let mut extractor = extractor;
    let mut table = table.clone();
    if table.resume {
        match unfinished_features(&table.target)? {
            // Not those of the next image, whose size may be another one.
            Some(features) if extractor.columns().is_none() => {
                extractor = extractor.with_columns(&features);
            }
            Some(_) => (),
            None => table.resume = false,
        }
    }
    let mut failed = Failed::default();
    let written = write_table(&extractor, &table, inputs, &mut failed, "features", context)?;
    Ok((written, failed.0, extractor))
}

/// The features of the unfinished table that is gone on with; none where it has but errors, with which one may as well
/// begin anew.
fn unfinished_features(target: &Target) -> Result<Option<Vec<String>>, TableError> {
    let leading = extract_schema(&[])?.columns().len();
    let columns = Writer::unfinished_columns(target)?.unwrap_or_default();
    let features: Vec<String> = columns
        .into_iter()
        .skip(leading)
        .map(|column| column.name)
        .collect();
    Ok((!features.is_empty()).then_some(features))
}
