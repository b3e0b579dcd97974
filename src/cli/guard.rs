//! No command writes over what it reads.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use dftective::atomic_file::{Standing, check_place};
use dftective::datasets::{Input, Inputs, Search, read_manifest};
use dftective::decode::{Content, content, has_image_extension, read_start};
use dftective::sample::{LabelWords, Origin};
use dftective::table::Format;

/// What a command reads and what it writes, before it does either.
///
/// An output is refused that is one of the inputs, by path, by a symbolic or hard link, or as what lies in a folder or stands
/// in a manifest; that is another output; or that has the name or the content of an image. What a list on standard input names
/// cannot be known beforehand: the tasks that write tables look at each of their inputs.
#[derive(Default)]
pub struct Guard {
    /// Files read, by themselves.
    files: Vec<PathBuf>,
    /// Images, and folders, archives and manifests of images.
    images: Vec<PathBuf>,
    all_files: bool,
    outputs: Vec<Output>,
    folders: Vec<Folder>,
    /// Other files written, images among them.
    made: Vec<(&'static str, PathBuf)>,
}

/// A file to be written.
struct Output {
    option: &'static str,
    path: PathBuf,
    /// Whether a table goes there, which looks at its place itself: it may be a pipe, and it has files beside it.
    is_table: bool,
}

/// A folder to be filled.
struct Folder {
    option: &'static str,
    path: PathBuf,
    /// How names end that are written in it.
    ending: &'static str,
}

impl Guard {
    /// A file is read: a detector, a record, a description.
    pub fn reads(mut self, path: impl Into<PathBuf>) -> Self {
        self.files.push(path.into());
        self
    }

    /// Images are read, or the folders, archives, manifests and tables that hold them; of folders every file, if so asked.
    pub fn reads_images<P: Into<PathBuf>>(
        mut self,
        paths: impl IntoIterator<Item = P>,
        all_files: bool,
    ) -> Self {
        self.images.extend(paths.into_iter().map(Into::into));
        self.all_files |= all_files;
        self
    }

    /// A file is written that is no image, if the option was given.
    pub fn writes(mut self, option: &'static str, path: Option<&Path>) -> Self {
        self.outputs.extend(path.map(|path| Output {
            option,
            path: path.to_owned(),
            is_table: false,
        }));
        self
    }

    /// A table of records is written.
    pub fn writes_table(mut self, option: &'static str, path: Option<&Path>) -> Self {
        self.outputs.extend(path.map(|path| Output {
            option,
            path: path.to_owned(),
            is_table: true,
        }));
        self
    }

    /// A folder is filled with files whose names end so, if the option was given.
    pub fn fills(mut self, option: &'static str, path: Option<&Path>, ending: &'static str) -> Self {
        self.folders.extend(path.map(|path| Folder {
            option,
            path: path.to_owned(),
            ending,
        }));
        self
    }

    /// A file is written that may be an image.
    pub fn makes(mut self, option: &'static str, path: PathBuf) -> Self {
        self.made.push((option, path));
        self
    }

    /// Refuses what would write over an input; then makes sure that the outputs can be written, and makes their folders.
    pub fn check(&self) -> anyhow::Result<()> {
        for output in &self.outputs {
            output.refuse_image()?;
        }
        self.refuse_same_outputs()?;
        self.refuse_inputs()?;
        for Output { path, is_table, .. } in &self.outputs {
            if !is_table {
                check_place(path).with_context(|| path.display().to_string())?;
            }
        }
        for Folder { path, .. } in &self.folders {
            fs::create_dir_all(path).with_context(|| path.display().to_string())?;
        }
        Ok(())
    }

    fn refuse_same_outputs(&self) -> anyhow::Result<()> {
        let places: Vec<PathBuf> = self.outputs.iter().map(|output| place(&output.path)).collect();
        for (index, output) in self.outputs.iter().enumerate() {
            let standing = Standing::at(&output.path);
            let is_same = |other: usize| {
                places[other] == places[index]
                    || standing
                        .as_ref()
                        .is_some_and(|standing| standing.is(&self.outputs[other].path))
            };
            if let Some(other) = (0..index).find(|&other| is_same(other)) {
                bail!(
                    "{}: {} and {} are one file; give each a place of its own",
                    output.path.display(),
                    self.outputs[other].option,
                    output.option
                );
            }
        }
        Ok(())
    }

    fn refuse_inputs(&self) -> anyhow::Result<()> {
        let standing = self.standing();
        let refuse = |input: &Path| -> anyhow::Result<()> {
            let length = fs::metadata(input).map_or(0, |metadata| metadata.len());
            let mut alike = standing.get(&length).into_iter().flatten();
            match alike.find(|(_, _, standing)| standing.is(input)) {
                Some((option, path, _)) => bail!(
                    "{}: {option} would write over {}, which is read; nothing was done",
                    path.display(),
                    input.display()
                ),
                None => Ok(()),
            }
        };
        for path in self.files.iter().chain(&self.images) {
            if self.all_files && path.is_dir() {
                self.refuse_within(path)?;
            }
            // Where no output exists there is nothing to be written over.
            if standing.is_empty() {
                continue;
            }
            refuse(path)?;
        }
        if standing.is_empty() {
            return Ok(());
        }
        self.images
            .iter()
            .flat_map(|path| listed(path, self.all_files))
            .try_for_each(|path| refuse(&path))
    }

    /// Of a folder of which every file is read nothing can be written in it.
    fn refuse_within(&self, folder: &Path) -> anyhow::Result<()> {
        let Ok(within) = folder.canonicalize() else {
            return Ok(());
        };
        let outputs = self.outputs.iter().map(|output| (output.option, &output.path));
        let folders = self.folders.iter().map(|folder| (folder.option, &folder.path));
        for (option, path) in outputs.chain(folders) {
            if place(path).starts_with(&within) {
                bail!(
                    "{}: {option} lies in {}, of which --all-files reads every file",
                    path.display(),
                    folder.display()
                );
            }
        }
        Ok(())
    }

    /// What stands where this command writes, by its length.
    fn standing(&self) -> HashMap<u64, Vec<(&'static str, PathBuf, Standing)>> {
        let mut places = self.made.clone();
        for Output {
            option,
            path,
            is_table,
        } in &self.outputs
        {
            places.push((option, path.clone()));
            if *is_table {
                let endings = [".partial", ".partial.json", ".partial.json.new"];
                places.extend(endings.map(|ending| (*option, beside(path, ending))));
                // A folder of parts that is begun anew goes with all that is in it.
                let parts = beside(path, ".parts");
                if parts.is_dir() {
                    places.extend(listed(&parts, true).map(|path| (*option, path)));
                }
            }
        }
        for Folder { option, path, ending } in &self.folders {
            let entries = fs::read_dir(path).into_iter().flatten().flatten();
            let ends = |path: &PathBuf| path.as_os_str().as_encoded_bytes().ends_with(ending.as_bytes());
            places.extend(
                entries
                    .map(|entry| entry.path())
                    .filter(ends)
                    .map(|path| (*option, path)),
            );
        }
        let mut standing: HashMap<_, Vec<_>> = HashMap::new();
        for (option, path) in places {
            if let Some(found) = Standing::at(&path) {
                let alike = standing.entry(found.length()).or_default();
                alike.push((option, path, found));
            }
        }
        standing
    }
}

impl Output {
    /// An image is never what is written here, so where there is one, a photograph is named by mistake: a shell that puts all
    /// of `*.jpg` after `-o` does so.
    fn refuse_image(&self) -> anyhow::Result<()> {
        let Self { option, path, .. } = self;
        let real = place(path);
        if [path, &real].into_iter().any(|path| has_image_extension(path)) {
            bail!(
                "{}: {option} has the name of an image, and what is written there is none; after {option} stands the file \
                 to write",
                path.display()
            );
        }
        // A pipe is not asked: it would be waited for.
        if !path.is_file() {
            return Ok(());
        }
        let start = read_start(path).unwrap_or_default();
        let held = match content(&start, path) {
            Content::Image(format) => format.to_string(),
            Content::UnsupportedImage(name) => name.to_owned(),
            Content::NoImage => return Ok(()),
        };
        bail!(
            "{}: {option} would write over an image ({held}); nothing was done",
            path.display()
        )
    }
}

/// The images that a path stands for, but for those within archives.
fn listed(path: &Path, all_files: bool) -> Box<dyn Iterator<Item = PathBuf>> {
    let file = |input: Input| {
        let sample = input.unwrap_or_else(|unreadable| unreadable.sample);
        match sample.origin {
            Origin::File(path) | Origin::Member { archive: path, .. } => Some(path),
            _ => None,
        }
    };
    let is_csv = matches!(Format::from_path(path), Ok(Format::Csv));
    if is_csv && path.is_file() {
        // What is wrong with a manifest is said when it is read.
        let rows = read_manifest(path, &LabelWords::default()).unwrap_or_default();
        return Box::new(rows.into_iter().filter_map(file));
    }
    let search = Search {
        all_files,
        closed_archives: true,
        ..Search::default()
    };
    Box::new(Inputs::new(std::iter::once(Ok(path.to_owned())), search).filter_map(file))
}

/// The path without links, as far as it exists.
fn place(path: &Path) -> PathBuf {
    if let Ok(real) = path.canonicalize() {
        return real;
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    match (folder.canonicalize(), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}

/// The path with an ending behind its name, of what a table's links lead to.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = place(path).into_os_string();
    name.push(ending);
    name.into()
}
