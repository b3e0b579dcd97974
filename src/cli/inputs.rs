//! The images that the paths on a command line stand for.

use std::io;
use std::path::{Path, PathBuf};

use dftective::datasets::{Inputs, Labelled, is_labelled_folder, labelled, path_list};
use dftective::sample::LabelWords;

use super::messages;

/// Where images come from.
#[derive(clap::Args, Clone)]
pub struct PathArgs {
    /// Images and folders (searched with all subfolders); `-` reads a list of paths from standard input
    #[arg(required = true, value_name = "PATHS")]
    pub paths: Vec<PathBuf>,
    /// The list on standard input is separated by NUL characters, as `find -print0` writes it
    #[arg(long)]
    null: bool,
}

/// The paths given, one by one.
pub type Roots = Box<dyn Iterator<Item = io::Result<PathBuf>>>;

impl PathArgs {
    /// The images, in a stable order.
    pub fn inputs(&self) -> Inputs<Roots> {
        let separator = if self.null { 0 } else { b'\n' };
        let roots = self.paths.clone().into_iter().flat_map(move |path| -> Roots {
            if is_list(&path) {
                Box::new(path_list(io::stdin().lock(), separator))
            } else {
                Box::new(std::iter::once(Ok(path)))
            }
        });
        Inputs::new(Box::new(roots))
    }

    /// How many images there are, if that can be told by looking twice.
    pub fn count(&self) -> Option<u64> {
        (!self.paths.iter().any(|path| is_list(path))).then(|| self.inputs().how_many())
    }

    /// The labelled data set that a path is: a folder of both classes, or a CSV manifest.
    pub fn labelled(path: &Path, words: &LabelWords) -> anyhow::Result<Option<Labelled>> {
        let is_manifest = path.is_file() && path.extension().is_some_and(|e| e.eq_ignore_ascii_case("csv"));
        Ok(if is_manifest || is_labelled_folder(path, words) {
            Some(labelled(path, words)?)
        } else {
            None
        })
    }
}

fn is_list(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Says how many files a search left out.
pub fn passed_over(files: u64) {
    if files > 0 {
        messages::note(&format!(
            "{files} files without an image's extension were passed over"
        ));
    }
}
