//! Labelled data for training and evaluation: images or a table of their features.

use std::path::PathBuf;

use super::args::SearchArgs;

/// Labelled data.
#[derive(clap::Args)]
pub struct DataArgs {
    /// A folder or an archive (.zip, .tar, .tar.gz) with `real/` and `fake/` in it, a CSV manifest
    /// (path,label[,source][,group][,split]), or a feature table written by `dftective extract`
    #[arg(value_name = "DATA")]
    pub data: PathBuf,
    #[command(flatten)]
    pub search: SearchArgs,
}
