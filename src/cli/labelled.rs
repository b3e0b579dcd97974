//! Labelled data for training and evaluation: images or a table of their features.

use std::path::PathBuf;

/// Labelled data.
#[derive(clap::Args)]
pub struct DataArgs {
    /// A folder with `real/` and `fake/` in it, a CSV manifest (path,label[,source][,group][,split]), or a feature table
    /// written by `dftective extract`
    #[arg(value_name = "DATA")]
    pub data: PathBuf,
}
