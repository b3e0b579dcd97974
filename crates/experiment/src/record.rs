//! All that is told of a run.

use serde::{Deserialize, Serialize};

use super::{Data, Experiment, Measurements};
use dftective_report::{DataSummary, Embedding, SchemaVersion, Spectra};
use dftective_sample::Failure;

/// An experiment, its data and what was measured: enough to make the table again, and to tell whether it is the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Which shape of record this is.
    #[serde(default)]
    pub schema_version: SchemaVersion,
    /// Version of this program.
    pub version: String,
    /// The command line, one entry an argument.
    pub command: Vec<String>,
    /// The experiment, all of it.
    pub experiment: Experiment,
    /// Its data.
    pub data: DataRecord,
    /// What was measured.
    pub measurements: Measurements,
    /// The features on a map; made for reports.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub embedding: Option<Embedding>,
    /// Threads it was computed with; they change nothing but the time.
    pub threads: usize,
    /// Time taken, reading the data included.
    pub seconds: f64,
}

/// The data of an experiment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataRecord {
    /// Where they were; none for data the program makes itself.
    pub path: Option<String>,
    /// What they are, in words.
    pub kind: String,
    /// Fake images.
    pub fake: usize,
    /// Real images.
    pub real: usize,
    /// Features of each.
    pub features: usize,
    /// Groups, of which none is on both sides of a split; none where the data have none.
    pub groups: Option<usize>,
    /// SHA-256 of the column names, the features and the labels, see
    /// [`Dataset::fingerprint`](dftective_detector::Dataset::fingerprint).
    pub fingerprint: String,
    /// The images by class and source.
    pub summary: DataSummary,
    /// Mean spectra by class and source.
    pub spectra: Option<Spectra>,
    /// Inputs that were listed more than once and used once.
    pub repeated: u64,
    /// Inputs that could not be used.
    pub failures: Vec<Failure>,
}

impl DataRecord {
    /// Describes data that came from `path`.
    pub fn new(data: &Data, path: Option<String>) -> Self {
        let dataset = &data.dataset;
        let fake = dataset.samples.iter().filter(|sample| sample.is_fake()).count();
        let groups = || {
            data.units()
                .into_iter()
                .collect::<std::collections::BTreeSet<_>>()
                .len()
        };
        Self {
            path,
            kind: data.kind.clone(),
            fake,
            real: dataset.samples.len() - fake,
            features: dataset.columns.len(),
            groups: data.has_groups().then(groups),
            fingerprint: dataset.fingerprint(),
            summary: DataSummary::of_dataset(dataset),
            spectra: Spectra::of_dataset(dataset),
            repeated: dataset.repeated,
            failures: dataset.failures.clone(),
        }
    }
}
