//! Where the reference data are, and features of files.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use dftective::decode::{Limits, read};
use dftective::features::{Family, RadialSpectrum, Workspace};
use zip::ZipArchive;

/// A folder of the reference data, or a plain word on why there is none.
pub fn folder(below: &str) -> Option<PathBuf> {
    let root = std::env::var_os("DFTECTIVE_REFERENCE_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"),
        PathBuf::from,
    );
    let folder = root.join(below);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no reference data {below}");
    None
}

/// The files of a folder whose names end in `.jpg`, by name.
pub fn jpegs(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "jpg"))
        .collect();
    files.sort();
    files
}

/// Feature rows by file name, from a NumPy archive with the arrays `names` and `features`.
pub fn archive_rows(archive: &Path) -> HashMap<String, Vec<f64>> {
    let mut archive = ZipArchive::new(File::open(archive).unwrap()).unwrap();
    let names = npyz::NpyFile::new(archive.by_name("names.npy").unwrap()).unwrap();
    let names: Vec<String> = names.into_vec().unwrap();
    let features = npyz::NpyFile::new(archive.by_name("features.npy").unwrap()).unwrap();
    let width = features.shape()[1] as usize;
    // Some of the reference's rows are in single precision.
    let values: Vec<f64> = if features.dtype().descr() == "'<f4'" {
        let values: Vec<f32> = features.into_vec().unwrap();
        values.into_iter().map(f64::from).collect()
    } else {
        features.into_vec().unwrap()
    };
    names
        .into_iter()
        .zip(values.chunks(width).map(<[f64]>::to_vec))
        .collect()
}

pub fn features(
    family: &RadialSpectrum,
    workspace: &mut Workspace,
    path: &Path,
) -> Result<Vec<f64>, Box<dyn std::error::Error + Send + Sync>> {
    let mut features = Vec::new();
    family.extract(&read(path, &Limits::default())?, workspace, &mut features)?;
    Ok(features)
}

/// The largest difference, infinite where the lengths differ or something is not a number.
pub fn largest_difference(found: &[f64], expected: &[f64]) -> f64 {
    if found.len() != expected.len() {
        return f64::INFINITY;
    }
    let difference = |(a, b): (&f64, &f64)| {
        let difference = (a - b).abs();
        if difference.is_nan() {
            f64::INFINITY
        } else {
            difference
        }
    };
    found.iter().zip(expected).map(difference).fold(0.0, f64::max)
}
