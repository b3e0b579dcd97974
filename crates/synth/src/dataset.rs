//! A data set on disk.

use super::{Mechanism, SynthError, SynthParams};
use dftective_atomic_file::write_whole_unsynced;
use dftective_decode::encode_jpeg;
use dftective_sample::Label;
use rayon::prelude::*;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// A picture on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The file, beginning with the folder given.
    pub path: PathBuf,
    /// The label.
    pub label: Label,
    /// The decoder's upsampling; none for a real.
    pub mechanism: Option<Mechanism>,
    /// Size of the picture over that of the decoder's input; none for a real.
    pub factor: Option<u32>,
    /// Size of the file.
    pub bytes: u64,
}

/// Writes `real/NNNNN.jpg`, `fake/NNNNN.jpg`, `README.txt` and, last, `manifest.csv` into a new or empty folder, on
/// the current rayon pool. Returns the pictures, reals first, by index. `progress` hears how many are done, in no
/// strict order. The bytes do not depend on the number of threads.
///
/// The manifest's columns are `path` (relative, forward slashes), `label` (`real` or `fake`), `source` (`camera`, or
/// the mechanism and the factor as in `nearest-x2`) and `group` (the number of the scene; no two pictures share one).
///
/// # Errors
/// Parameters out of range, a folder with something in it, or the first file that could not be written. Every file
/// is written beside its place and renamed when whole, so an error leaves no partial file under a final name.
pub fn write_dataset(
    dir: &Path,
    params: &SynthParams,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Vec<Written>, SynthError> {
    params.check()?;
    let failed = |path: &Path, source| SynthError::Write {
        path: path.to_path_buf(),
        source,
    };
    fs::create_dir_all(dir).map_err(|e| failed(dir, e))?;
    if fs::read_dir(dir).map_err(|e| failed(dir, e))?.next().is_some() {
        return Err(SynthError::NotEmpty(dir.to_path_buf()));
    }
    for label in Label::ALL {
        let folder = dir.join(label.to_string());
        fs::create_dir(&folder).map_err(|e| failed(&folder, e))?;
    }

    let done = AtomicU64::new(0);
    // A fixed width keeps the order of names the order of indices.
    let digits = 5.max((params.per_class - 1).to_string().len());
    let written = (0..2 * params.per_class)
        .into_par_iter()
        .map(|place| {
            let label = if place < params.per_class {
                Label::Real
            } else {
                Label::Fake
            };
            let index = place % params.per_class;
            let made = params.image(label, index)?;
            let jpeg = encode_jpeg(&made.pixels, params.quality)?;
            let path = dir.join(label.to_string()).join(format!("{index:0digits$}.jpg"));
            write_whole_unsynced(&path, &jpeg).map_err(|e| failed(&path, e))?;
            progress(done.fetch_add(1, Ordering::Relaxed) + 1);
            let bytes = jpeg.len() as u64;
            Ok(Written {
                path,
                label,
                mechanism: made.mechanism,
                factor: made.factor,
                bytes,
            })
        })
        .collect::<Result<Vec<_>, SynthError>>()?;

    let path = dir.join("README.txt");
    write_whole_unsynced(&path, readme(params).as_bytes()).map_err(|e| failed(&path, e))?;
    let path = dir.join("manifest.csv");
    manifest(&written)
        .and_then(|rows| write_whole_unsynced(&path, &rows))
        .map_err(|e| failed(&path, e))?;
    Ok(written)
}

fn manifest(written: &[Written]) -> io::Result<Vec<u8>> {
    let mut rows = csv::Writer::from_writer(Vec::new());
    rows.write_record(["path", "label", "source", "group"])?;
    for (group, picture) in written.iter().enumerate() {
        let label = picture.label.to_string();
        let name = picture.path.file_name().unwrap_or_default().to_string_lossy();
        let source = match (picture.mechanism, picture.factor) {
            (Some(mechanism), Some(factor)) => format!("{mechanism}-x{factor}"),
            _ => "camera".to_owned(),
        };
        rows.write_record([&format!("{label}/{name}"), &label, &source, &group.to_string()])?;
    }
    rows.into_inner().map_err(|e| e.into_error())
}

fn readme(params: &SynthParams) -> String {
    let SynthParams {
        per_class,
        size,
        quality,
        seed,
    } = params;
    format!(
        "Synthetic pictures\n\
         ==================\n\n\
         Every picture here was computed; none was photographed and none came from a trained generator.\n\n\
         real/  {per_class} scenes through a model of a camera\n\
         fake/  {per_class} scenes of the same kind, computed at a half or a quarter of the size and brought up\n\
         \x20      by the layers that generators are built from\n\n\
         manifest.csv gives path, label, source and group of each.\n\n\
         Made by {} {} with seed {seed}, size {size} x {size} pixels, JPEG quality {quality} (4:2:0).\n\
         The same version and settings make the same files again on the same kind of machine.\n\n\
         These pictures show that a detector works as built. They prove nothing about real deepfakes:\n\
         no figure measured on them says how a detector does on photographs or on a generator's output.\n",
        "dftective",
        env!("CARGO_PKG_VERSION"),
    )
}
