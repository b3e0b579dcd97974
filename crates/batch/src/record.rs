//! One record for every input scored.

use super::{image_of, sample_of};
use dftective_classify::Verdict;
use dftective_datasets::Input;
use dftective_decode::Limits;
use dftective_detector::DetectorSet;
use dftective_features::Workspace;
use dftective_records::table::{Cell, Column, Schema, TableError};
use dftective_sample::columns::SCORE_TABLE;
use dftective_sample::{ErrorCode, SampleError};

/// What is said of one input. Either `error` is filled, or `score`, `margin` and `verdict` are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScoreRecord {
    /// The path, as [`dftective_sample::Sample::name`] writes it.
    pub path: String,
    /// Calibrated probability of fake, in [0, 1].
    pub score: Option<f64>,
    /// Raw decision value, positive for fake.
    pub margin: Option<f64>,
    /// Fake, real or uncertain.
    pub verdict: Option<Verdict>,
    /// Whether the image lies outside the conditions that the detector was trained under; the notes say how.
    pub out_of_domain: Option<bool>,
    /// Width, pixels.
    pub width: Option<u32>,
    /// Height, pixels.
    pub height: Option<u32>,
    /// Format found in the content.
    pub format: Option<String>,
    /// What weakens the verdict, in words, joined by semicolons.
    pub notes: Option<String>,
    /// Why there is no verdict.
    pub error: Option<String>,
    /// The error's code.
    pub code: Option<ErrorCode>,
}

/// The columns of a table of [`ScoreRecord`]s.
///
/// # Errors
/// None: the names differ.
pub fn score_schema() -> Result<Schema, TableError> {
    Schema::new(SCORE_TABLE.iter().map(Column::from).collect())
}

impl ScoreRecord {
    fn fail(&mut self, error: SampleError) {
        self.error = Some(error.message);
        self.code = Some(error.code);
    }

    /// The record as a row of [`score_schema`].
    pub fn cells(self) -> Vec<Cell> {
        let cells: [Cell; SCORE_TABLE.len()] = [
            Cell::Text(self.path),
            self.score.into(),
            self.margin.into(),
            self.verdict.map(|verdict| verdict.to_string()).into(),
            self.out_of_domain
                .map(|outside| if outside { "yes" } else { "no" }.to_owned())
                .into(),
            self.width.into(),
            self.height.into(),
            self.format.into(),
            self.notes.into(),
            self.error.into(),
            self.code.map(|code| code.to_string()).into(),
        ];
        cells.into()
    }
}

/// Detectors at work on inputs.
pub struct Scorer<'a> {
    /// The detector, or several.
    pub detectors: &'a DetectorSet,
    /// What an image may cost.
    pub limits: Limits,
    /// Whether an image outside the conditions that the detector was trained under gets the verdict of its score instead
    /// of uncertain.
    pub force: bool,
}

impl Scorer<'_> {
    /// The record of one input. Whatever is wrong with the input, there is a record.
    pub fn record(&self, workspace: &mut Workspace, input: &Input) -> ScoreRecord {
        let sample = sample_of(input);
        let mut notes = Vec::new();
        if sample.repeated {
            notes.push("listed more than once".to_owned());
        }
        let mut record = ScoreRecord {
            path: sample.name(),
            ..ScoreRecord::default()
        };
        match image_of(input, &self.limits, self.detectors.channels()) {
            Err(error) => record.fail(error),
            Ok(image) => {
                record.width = Some(image.source.width);
                record.height = Some(image.source.height);
                record.format = Some(image.source.format.to_string());
                match self.detectors.judge(&image, workspace) {
                    Err(error) => record.fail(SampleError::new(error.code(), error)),
                    Ok((chosen, judgement)) => {
                        record.score = Some(judgement.score);
                        record.margin = Some(judgement.margin);
                        record.verdict = Some(if self.force {
                            judgement.by_score
                        } else {
                            judgement.verdict
                        });
                        record.out_of_domain = Some(judgement.is_out_of_domain);
                        let all = self.detectors.detectors().len();
                        if all > 1 {
                            notes.push(format!("judged by detector {} of {all}", chosen + 1));
                        }
                        notes.extend(judgement.notes.iter().map(ToString::to_string));
                    }
                }
            }
        }
        record.notes = (!notes.is_empty()).then(|| notes.join("; "));
        record
    }
}
