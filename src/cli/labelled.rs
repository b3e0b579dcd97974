//! Dataset data for training and evaluation: images or a table of their features.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use dftective::batch::{Dataset, Extractor, Flow};
use dftective::datasets::{Input, MANIFEST_COLUMNS, labelled};
use dftective::table::{Format, read_features};

use super::messages;
use super::session::Session;

/// Dataset data.
#[derive(clap::Args)]
pub struct DataArgs {
    /// A folder with `real/` and `fake/` in it, a CSV manifest (path,label[,source][,group]), or a feature table
    /// written by `dftective extract`
    #[arg(value_name = "DATA")]
    pub data: PathBuf,
}

impl DataArgs {
    /// The features of the data, computed by `extractor` where the data are images. `given` says that its
    /// features were asked for rather than the default, so that a table of others is refused.
    pub fn features(
        &self,
        session: &Session,
        extractor: &Extractor,
        given: bool,
    ) -> anyhow::Result<Option<Dataset>> {
        let found = if is_feature_table(&self.data)? {
            if extractor.copies().is_some() {
                bail!(
                    "{}: copies can be made of images, not of their features",
                    self.data.display()
                );
            }
            let table = read_features(&self.data)?;
            if table.skipped > 0 {
                messages::warning(&format!(
                    "{} rows of the table have an error and are left out",
                    table.skipped
                ));
            }
            let recipe = given.then(|| extractor.selection());
            Dataset::from_table(table, recipe).with_context(|| self.data.display().to_string())?
        } else {
            from_images(session, labelled(&self.data)?, extractor)
        };
        usable(found, &self.data)
    }
}

/// The features of images.
pub fn from_images(session: &Session, inputs: Vec<Input>, extractor: &Extractor) -> Dataset {
    let bar = session.progress("features", Some(inputs.len() as u64));
    let stop = || session.is_interrupted();
    let threads = session.readers(extractor.is_accelerated());
    let found = Dataset::from_images(inputs, extractor, threads, stop, || bar.inc(1));
    bar.finish_and_clear();
    found
}

/// Says which inputs of `data` could not be used; `None` after Ctrl-C.
pub fn usable(found: Dataset, data: &Path) -> anyhow::Result<Option<Dataset>> {
    messages::failures(&found.failures);
    if found.repeated > 0 {
        messages::warning(&format!(
            "{} inputs are listed more than once; each is used once",
            found.repeated
        ));
    }
    if found.flow == Flow::Stopped {
        return Ok(None);
    }
    if found.paths.is_empty() {
        bail!("{}: no usable image", data.display());
    }
    Ok(Some(found))
}

/// Whether the file is a table of features rather than a manifest: by its format, or by having columns that a
/// manifest does not have.
pub fn is_feature_table(path: &Path) -> anyhow::Result<bool> {
    if !path.is_file() {
        return Ok(false);
    }
    match Format::from_path(path) {
        Err(_) => bail!(
            "{}: expected a folder, a CSV manifest, or a feature table (.csv, .jsonl, .parquet, .npz)",
            path.display()
        ),
        Ok(Format::Csv) => {
            let mut reader = csv::Reader::from_path(path).with_context(|| path.display().to_string())?;
            let header = reader.headers().with_context(|| path.display().to_string())?;
            Ok(header.len() > MANIFEST_COLUMNS.len())
        }
        Ok(_) => Ok(true),
    }
}
