//! Labelled data for training and evaluation: images or a table of their features.

use std::path::PathBuf;

use dftective::batch::Extractor;
use dftective::detector::Dataset;
use dftective::tasks::read_dataset;

use super::labels::LabelArgs;
use super::session::{Session, unless_interrupted};

/// Labelled data.
#[derive(clap::Args)]
pub struct DataArgs {
    /// A folder with `real/` and `fake/` (or `0_real/` and `1_fake/`) at any depth below it, a CSV manifest
    /// (path,label[,source][,group][,split]), or a feature table written by `dftective extract`
    #[arg(value_name = "DATA")]
    pub data: PathBuf,
    #[command(flatten)]
    pub labels: LabelArgs,
}

impl DataArgs {
    /// The features of the data, computed by `extractor` where the data are images; none after Ctrl-C. `given` says that
    /// its features were asked for rather than the default, so that a table of others is refused.
    pub fn features(
        &self,
        session: &Session,
        extractor: &Extractor,
        given: bool,
    ) -> anyhow::Result<Option<Dataset>> {
        let context = session.context(extractor.accelerator());
        unless_interrupted(read_dataset(
            &self.data,
            &self.labels.words(),
            extractor,
            given,
            &context,
        ))
    }
}
