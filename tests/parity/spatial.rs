//! The spatial families against their definitions in Python: `crates/features/fixtures/make_spatial.py` on small
//! pictures, and the reference implementation on faces, run on the spot.

use std::path::{Path, PathBuf};
use std::process::Command;

use dftective::decode::{Limits, read_channels};
use dftective::features::{Colour, Family, Haar, SpamRgb, Srm, Workspace};

use crate::reference::{archive_rows, folder, jpegs, largest_difference};

fn families() -> [Box<dyn Family>; 4] {
    [
        Box::<Srm>::default(),
        Box::new(SpamRgb),
        Box::<Colour>::default(),
        Box::new(Haar),
    ]
}

fn features(family: &dyn Family, workspace: &mut Workspace, path: &Path) -> Vec<f64> {
    let image = read_channels(path, &Limits::default(), family.channels()).unwrap();
    let mut features = Vec::new();
    family.extract(&image, workspace, &mut features).unwrap();
    features
}

/// A frequency differs by at least 1e-4 where a count does: there are at most 2000 tuples in a plane and 4 planes in an
/// average. All else is rounding of numbers up to 8 in double precision.
#[test]
fn small_pictures_equal_the_definitions() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/features/fixtures");
    let mut workspace = Workspace::default();
    for family in families() {
        let rows = archive_rows(&fixtures.join(format!("{}.npz", family.name())));
        assert_eq!(rows.len(), 3);
        for (name, expected) in rows {
            let found = features(family.as_ref(), &mut workspace, &fixtures.join(&name));
            let difference = largest_difference(&found, &expected);
            println!("{} {name}: {difference:e}", family.name());
            assert!(difference <= 1e-12, "{} {name}: {difference:e}", family.name());
        }
    }
}

/// The reference implementation and a Python that can run it.
fn oracle() -> Option<(PathBuf, Command)> {
    let script = folder("../oracle")?.join("families.py");
    let python = std::env::var_os("DFTECTIVE_PYTHON").unwrap_or_else(|| "python3".into());
    let imports = Command::new(&python)
        .args(["-c", "import cv2, jpeglib, numpy, pywt"])
        .output();
    if imports.is_ok_and(|output| output.status.success()) && script.is_file() {
        return Some((script, Command::new(python)));
    }
    println!(
        "skipped: no Python with NumPy, OpenCV, jpeglib and PyWavelets to run the reference implementation"
    );
    None
}

/// Eight faces of either class.
fn faces() -> Vec<PathBuf> {
    ["real", "fake"]
        .iter()
        .filter_map(|label| folder(&format!("faces/sg1_256/{label}")))
        .flat_map(|folder| jpegs(&folder).into_iter().take(8))
        .collect()
}

/// A count is 1 in at most 4 · 256² = 2.6e5, so that 1e-6 is an equal count for histograms. The
/// packets' coefficients are equal to the bit, but the reference averages their logarithms in single precision.
#[test]
fn faces_equal_the_reference_implementation() {
    let files = faces();
    if files.is_empty() {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let archive = place.path().join("features.npz");
    let mut workspace = Workspace::default();
    for family in families() {
        let Some((script, mut python)) = oracle() else {
            return;
        };
        let status = python
            .arg(script)
            .arg(&archive)
            .arg(family.name())
            .args(&files)
            .status()
            .unwrap();
        assert!(status.success(), "{}", family.name());
        let expected = archive_rows(&archive);
        let mut largest = 0.0;
        for file in &files {
            let found = features(family.as_ref(), &mut workspace, file);
            let expected = &expected[file.file_name().unwrap().to_str().unwrap()];
            largest = f64::max(largest, largest_difference(&found, expected));
        }
        println!("{}: {largest:e} over {} faces", family.name(), files.len());
        assert!(largest <= 1e-6, "{}: {largest:e}", family.name());
    }
}
