//! Judging images, one record each.

use dftective_batch::{ScoreRecord, Scorer, score_schema};
use dftective_classify::Verdict;
use dftective_datasets::Input;
use dftective_decode::Limits;
use dftective_detector::DetectorSet;
use dftective_features::Workspace;
use dftective_records::table::{Cell, Schema, TableError};

use crate::table::{Rows, Tally, write_table};
use crate::{Context, TableRequest, TableResult, TaskError};

/// How images are judged.
#[derive(Clone, Copy, Debug, Default)]
pub struct ScoreRequest {
    /// What an image may cost.
    pub limits: Limits,
    /// Whether an image outside the detector's domain is decided, too.
    pub force: bool,
}

/// What was said of the images of a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VerdictCounts {
    /// Images called fake.
    pub fake: u64,
    /// Images called real.
    pub real: u64,
    /// Images left open.
    pub uncertain: u64,
    /// Images without a verdict, whose records say why.
    pub failed: u64,
}

impl Tally<ScoreRecord> for VerdictCounts {
    fn add(&mut self, record: &ScoreRecord) {
        *match record.verdict {
            Some(Verdict::Fake) => &mut self.fake,
            Some(Verdict::Real) => &mut self.real,
            Some(Verdict::Uncertain) => &mut self.uncertain,
            None => &mut self.failed,
        } += 1;
    }

    fn add_kept(&mut self, verdict: &Cell) {
        *match verdict {
            Cell::Text(text) if text == "fake" => &mut self.fake,
            Cell::Text(text) if text == "real" => &mut self.real,
            Cell::Text(text) if text == "uncertain" => &mut self.uncertain,
            _ => &mut self.failed,
        } += 1;
    }
}

impl Rows for Scorer<'_> {
    type Row = ScoreRecord;

    const KEPT: &'static str = "verdict";

    fn row(&self, workspace: &mut Workspace, input: &Input) -> ScoreRecord {
        self.record(workspace, input)
    }

    fn fitted(&self, record: ScoreRecord) -> ScoreRecord {
        record
    }

    fn schema(&self) -> Result<Option<Schema>, TableError> {
        score_schema().map(Some)
    }

    fn schema_without_rows(&self) -> Result<Schema, TableError> {
        score_schema()
    }

    fn cells(&self, record: ScoreRecord) -> Vec<Cell> {
        record.cells()
    }
}

/// Judges images into a table: one record for every input, in their order, whatever is wrong with it.
///
/// # Errors
/// No input at all; a table that cannot be written, or gone on with. Cancelling is no error: the result says so.
pub fn score(
    inputs: impl Iterator<Item = Input>,
    detectors: &DetectorSet,
    request: &ScoreRequest,
    table: &TableRequest,
    context: &Context<'_>,
) -> Result<(TableResult, VerdictCounts), TaskError> {
    let scorer = Scorer {
        detectors,
        limits: request.limits,
        force: request.force,
    };
    let mut counts = VerdictCounts::default();
    let written = write_table(&scorer, table, inputs, &mut counts, "images", context)?;
    Ok((written, counts))
}
