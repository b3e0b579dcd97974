mod files;
mod fuzz;
mod programs;

use std::fs;
use std::path::{Path, PathBuf};

use ndarray::Array2;

use super::*;

/// The pickles of a folder below `crates/records/fixtures`, by name.
fn fixtures(below: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let entries = fs::read_dir(folder.join(below)).unwrap();
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "pkl"))
        .collect();
    paths.sort();
    assert!(paths.len() >= 12, "{below}: {} pickles", paths.len());
    paths
}

fn json<T: serde::de::DeserializeOwned>(name: &str) -> T {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name);
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}
