//! Labelled data for training and evaluation: images or a table of their features.

use std::path::PathBuf;

use super::args::SearchArgs;
use super::labels::LabelArgs;

/// Labelled data.
#[derive(clap::Args)]
pub struct DataArgs {
    /// A folder or an archive (.zip, .tar, .tar.gz) with `real/` and `fake/` (or `0_real/` and `1_fake/`) at any depth, a CSV
    /// manifest (path,label[,source][,group][,split]), or a feature table written by `dftective extract`
    #[arg(value_name = "DATA")]
    pub data: PathBuf,
    #[command(flatten)]
    pub search: SearchArgs,
    #[command(flatten)]
    pub labels: LabelArgs,
}
