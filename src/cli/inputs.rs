//! The images that the paths on a command line stand for.

use std::io;
use std::path::{Path, PathBuf};

use dftective::datasets::{DatasetError, Inputs, Labelled, Search, is_archive, labelled, path_list};

use super::args::SearchArgs;

/// Where images come from.
#[derive(clap::Args, Clone)]
pub struct PathArgs {
    /// Images, folders (searched with all subfolders) and archives (.zip, .tar, .tar.gz); `-` reads a list of paths from
    /// standard input, and photos.zip!/holiday/1.jpg is a file in an archive
    ///
    /// In folders and archives a file is taken that has an image's extension, or whose first bytes are those of an image. Images
    /// of formats that are not decoded have their error. The rest is passed over; --verbose names it.
    #[arg(required = true, value_name = "PATHS")]
    pub paths: Vec<PathBuf>,
    /// The list on standard input is separated by NUL characters, as `find -print0` writes it
    #[arg(long)]
    null: bool,
    #[command(flatten)]
    pub search: SearchArgs,
}

/// The paths given, one by one.
pub type Roots = Box<dyn Iterator<Item = io::Result<PathBuf>>>;

impl PathArgs {
    /// The images, in a stable order.
    pub fn inputs<'a>(&self, search: Search<'a>) -> Inputs<'a, Roots> {
        let separator = if self.null { 0 } else { b'\n' };
        let roots = self.paths.clone().into_iter().flat_map(move |path| -> Roots {
            if is_list(&path) {
                Box::new(path_list(io::stdin().lock(), separator))
            } else {
                Box::new(std::iter::once(Ok(path)))
            }
        });
        Inputs::new(Box::new(roots), search)
    }

    /// How many images there are, if that can be told by looking twice.
    pub fn count(&self) -> Option<u64> {
        (!self.paths.iter().any(|path| is_list(path))).then(|| self.inputs(self.silent()).how_many())
    }

    /// A search of which nobody hears.
    fn silent(&self) -> Search<'static> {
        Search {
            all_files: self.search.all_files,
            ..Search::default()
        }
    }

    /// The labelled data set that a path is: a folder or an archive of both classes, or a CSV manifest.
    pub fn labelled(path: &Path, search: Search<'_>) -> anyhow::Result<Option<Labelled>> {
        let is_manifest = path.is_file() && path.extension().is_some_and(|e| e.eq_ignore_ascii_case("csv"));
        if !is_manifest && !path.is_dir() && !is_archive(path) {
            return Ok(None);
        }
        match labelled(path, search) {
            Err(DatasetError::NotLabelled { .. }) => Ok(None),
            found => Ok(Some(found?)),
        }
    }
}

fn is_list(path: &Path) -> bool {
    path.as_os_str() == "-"
}
