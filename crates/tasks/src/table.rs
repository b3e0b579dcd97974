//! Records of a stream of images into a table, which an interruption leaves so that a later run goes on with it.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::path::PathBuf;

use dftective_atomic_file::Standing;
use dftective_batch::{Flow, ordered, sample_of};
use dftective_datasets::Input;
use dftective_features::Workspace;
use dftective_records::table::{Cell, Format, Kept, Schema, TableError, Target, Writer};
use dftective_sample::path_text;

use crate::{Context, TaskError};

/// A table to be written.
#[derive(Clone, Debug)]
pub struct TableRequest {
    /// Where to.
    pub target: Target,
    /// In which format.
    pub format: Format,
    /// What must not differ between the runs that make one table.
    pub metadata: Vec<(String, String)>,
    /// Whether an unfinished table is gone on with; the inputs must be the same.
    pub resume: bool,
}

/// How the writing of a table ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableResult {
    /// Rows in the table, those kept from an unfinished one included.
    pub rows: u64,
    /// Rows kept from an unfinished table.
    pub kept: u64,
    /// Whether it was cancelled.
    pub cancelled: bool,
    /// Of a cancelled one, where the rows lie that a later run can go on with; none where there is nothing to go on with.
    pub unfinished: Option<PathBuf>,
}

/// What makes rows of images.
pub(crate) trait Rows: Sync {
    /// One image's.
    type Row: Send;

    /// The column that tells of a row kept from an unfinished table what [`Tally::add_kept`] wants to know.
    const KEPT: &'static str;

    /// The row of an input; whatever is wrong with it, there is one.
    fn row(&self, workspace: &mut Workspace, input: &Input) -> Self::Row;

    /// The row as it stands in the table, to be called in the order of the inputs.
    fn fitted(&self, row: Self::Row) -> Self::Row;

    /// The columns, as soon as they are known.
    fn schema(&self) -> Result<Option<Schema>, TableError>;

    /// The columns of a table whose columns never came to be known.
    fn schema_without_rows(&self) -> Result<Schema, TableError>;

    /// The row's cells.
    fn cells(&self, row: Self::Row) -> Vec<Cell>;
}

/// Counts rows.
pub(crate) trait Tally<R> {
    fn add(&mut self, row: &R);
    fn add_kept(&mut self, value: &Cell);
}

/// Writes the rows of `inputs`.
pub(crate) fn write_table<R: Rows>(
    rows: &R,
    request: &TableRequest,
    inputs: impl Iterator<Item = Input>,
    tally: &mut impl Tally<R::Row>,
    what: &str,
    context: &Context<'_>,
) -> Result<TableResult, TaskError> {
    let TableRequest {
        target,
        format,
        metadata,
        resume,
    } = request;
    // A list may name what nobody could look for beforehand, the table's own place among it.
    let standing = match target {
        Target::File(path) => Standing::at(path),
        _ => None,
    };
    let over_input = RefCell::new(None);
    let mut inputs = inputs.map_while(|input| {
        let path = sample_of(&input).origin.file();
        if let (Some(standing), Some(path)) = (&standing, path)
            && standing.is(path)
        {
            *over_input.borrow_mut() = Some(path_text(path));
            return None;
        }
        Some(input)
    });
    let is_over_input = || match over_input.take() {
        Some(path) => Err(TaskError::OverInput { path }),
        None => Ok(()),
    };
    // Without images there is nothing that could replace an earlier table.
    let first = inputs.next();
    is_over_input()?;
    let first = first.ok_or(TaskError::NoImages)?;
    let mut inputs = std::iter::once(first).chain(inputs);
    let mut kept_rows = 0;
    let mut writer = None;
    if *resume && let Some(schema) = rows.schema()? {
        let (unfinished, kept) = Writer::resume(target, *format, schema, metadata)?;
        pass_over_kept(&kept, &mut inputs, R::KEPT, |value| tally.add_kept(value))?;
        kept_rows = kept.rows();
        writer = Some(unfinished);
    }
    // At once where that can be, so that an interruption of slow inputs leaves something to go on with.
    if writer.is_none()
        && let Some(schema) = rows.schema()?
    {
        writer = Some(Writer::create(target, *format, schema, metadata)?);
    }
    context.observer.begins(what, None);
    context.observer.skips(kept_rows);
    let mut written = kept_rows;
    // The columns are known with the first row that has what they name; rows before that wait.
    let mut waiting: Vec<R::Row> = Vec::new();
    let mut sink = |row: R::Row| -> Result<ControlFlow<()>, TableError> {
        context.observer.advances();
        let row = rows.fitted(row);
        tally.add(&row);
        written += 1;
        waiting.push(row);
        if writer.is_none()
            && let Some(schema) = rows.schema()?
        {
            writer = Some(Writer::create(target, *format, schema, metadata)?);
        }
        if let Some(writer) = &mut writer {
            for row in waiting.drain(..) {
                writer.write(&rows.cells(row))?;
            }
        }
        Ok(ControlFlow::Continue(()))
    };
    let workspace = || Workspace::with_accelerator(context.accelerator.clone());
    let work = |workspace: &mut Workspace, input: Input| rows.row(workspace, &input);
    let stop = || context.cancel.is_cancelled();
    let flow = ordered(inputs, context.threads, workspace, work, stop, &mut sink);
    context.observer.ends();
    let cancelled = flow? == Flow::Stopped;
    is_over_input()?;
    let mut writer = match writer {
        Some(writer) => writer,
        None => Writer::create(target, *format, rows.schema_without_rows()?, metadata)?,
    };
    for row in waiting {
        writer.write(&rows.cells(row))?;
    }
    let unfinished = if cancelled {
        writer.suspend()?
    } else {
        writer.finish()?;
        None
    };
    Ok(TableResult {
        rows: written,
        kept: kept_rows,
        cancelled,
        unfinished,
    })
}

/// Draws the inputs whose rows are kept, makes sure that they are the same ones, and shows `each` what column `what` holds.
fn pass_over_kept(
    kept: &Kept,
    inputs: &mut impl Iterator<Item = Input>,
    what: &str,
    mut each: impl FnMut(&Cell),
) -> Result<(), TaskError> {
    for (row, cells) in kept.iter(&["path", what])?.enumerate() {
        let cells = cells?;
        let [Cell::Text(path), value] = cells.as_slice() else {
            return Err(TaskError::KeptRowWithoutPath { row: row + 1 });
        };
        let found = inputs.next().map(|input| sample_of(&input).name());
        // A table holds no NUL characters, and neither does a path.
        if found.as_ref() != Some(path) {
            return Err(TaskError::OtherInputs {
                row: row + 1,
                expected: path.clone(),
                found: found.unwrap_or_else(|| "missing".to_owned()),
            });
        }
        each(value);
    }
    Ok(())
}
