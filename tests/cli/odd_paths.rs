//! Inputs that are odd as files: each gets a record, and its neighbours are judged.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::support::{Fixture, PROGRAM, Record, Run, dftective, fixture, list, records, run};

/// A folder with the picture `good.jpg` in it.
fn folder(fixture: &Fixture) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(fixture.picture("real", 0), folder.path().join("good.jpg")).unwrap();
    folder
}

/// The records of some inputs, in their order.
fn scored(fixture: &Fixture, inputs: &[&Path], code: i32) -> Vec<Record> {
    let mut arguments: Vec<OsString> = vec!["score".into()];
    arguments.extend(inputs.iter().map(Into::into));
    arguments.extend(["--model".into(), fixture.detector().into()]);
    records(&run(&arguments, &[]).exits(code).stdout)
}

/// The error of one input given between two pictures that are judged.
fn error(fixture: &Fixture, input: &Path) -> String {
    let (before, after) = (fixture.picture("real", 0), fixture.picture("fake", 0));
    let mut found = scored(fixture, &[&before, input, &after], 1);
    assert_eq!(found.len(), 3);
    assert!(found[0].verdict.is_some() && found[2].verdict.is_some());
    std::mem::take(&mut found[1].error)
}

/// The only record with an error, of a folder that has `good.jpg` and one other input.
fn error_in_folder(fixture: &Fixture, folder: &Path) -> String {
    let found = scored(fixture, &[folder], 1);
    assert_eq!(found.len(), 2, "{found:?}");
    let good = found
        .iter()
        .find(|record| record.path.ends_with("good.jpg"))
        .unwrap();
    assert!(good.verdict.is_some());
    let bad = found
        .iter()
        .find(|record| !record.path.ends_with("good.jpg"))
        .unwrap();
    bad.error.clone()
}

#[test]
fn a_file_that_is_not_there() {
    let fixture = fixture();
    assert_eq!(error(&fixture, Path::new("none.jpg")), "no such file or folder");
}

#[test]
fn a_folder_with_an_images_name_is_a_folder() {
    let fixture = fixture();
    let root = folder(&fixture);
    let inner = root.path().join("x.jpg");
    fs::create_dir(&inner).unwrap();
    fs::copy(fixture.picture("fake", 0), inner.join("inside.jpg")).unwrap();
    let walked = scored(&fixture, &[root.path()], 0);
    assert!(walked[0].path.ends_with("good.jpg") && walked[1].path.ends_with("x.jpg/inside.jpg"));
    let given = scored(&fixture, &[&inner], 0);
    assert!(given[0].path.ends_with("x.jpg/inside.jpg") && given.len() == 1);
}

#[test]
fn a_file_that_may_not_be_read() {
    let fixture = fixture();
    let root = folder(&fixture);
    let locked = root.path().join("locked.jpg");
    fs::copy(fixture.picture("fake", 0), &locked).unwrap();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::File::open(&locked).is_ok() {
        println!("skipped: this user may read files without permission");
        return;
    }
    assert_eq!(
        error(&fixture, &locked),
        "cannot be read: Permission denied (os error 13)"
    );
    assert_eq!(
        error_in_folder(&fixture, root.path()),
        "cannot be read: Permission denied (os error 13)"
    );
}

/// A regular file whose first byte nobody can read, whatever his rights.
#[cfg(target_os = "linux")]
#[test]
fn a_file_that_cannot_be_read() {
    let fixture = fixture();
    let found = error(&fixture, Path::new("/proc/self/mem"));
    assert!(found.starts_with("cannot be read: "), "{found}");
    let root = folder(&fixture);
    symlink("/proc/self/mem", root.path().join("memory.jpg")).unwrap();
    assert_eq!(error_in_folder(&fixture, root.path()), found);
}

#[test]
fn a_name_that_is_no_text() {
    let fixture = fixture();
    let root = folder(&fixture);
    let name = |bytes| root.path().join(OsStr::from_bytes(bytes));
    fs::copy(fixture.picture("fake", 0), name(b"odd-\xff.jpg")).unwrap();
    let walked = scored(&fixture, &[root.path()], 0);
    assert!(walked[1].path.ends_with("/odd-\\xFF.jpg"), "{walked:?}");
    assert_eq!(
        scored(&fixture, &[&name(b"odd-\xff.jpg")], 0)[0].path,
        walked[1].path
    );
    assert_eq!(error(&fixture, &name(b"none-\xfe.jpg")), "no such file or folder");
    let arguments = [
        "score".into(),
        "-".into(),
        "--model".into(),
        fixture.detector().into(),
    ];
    let listed = run(&arguments, &list([name(b"odd-\xff.jpg")])).exits(0);
    assert_eq!(records(&listed.stdout)[0].path, walked[1].path);
}

#[test]
fn an_input_given_twice_is_judged_twice_and_noted() {
    let fixture = fixture();
    let picture = fixture.picture("fake", 0);
    let found = scored(&fixture, &[&picture, &picture], 0);
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].score, found[1].score);
    assert_eq!(
        [&found[0].notes[..], &found[1].notes],
        ["", "listed more than once"]
    );
}

#[test]
fn links_that_lead_nowhere_or_in_circles() {
    let fixture = fixture();
    let root = folder(&fixture);
    symlink("nowhere.jpg", root.path().join("broken.jpg")).unwrap();
    assert_eq!(error_in_folder(&fixture, root.path()), "no such file or folder");
    assert_eq!(
        error(&fixture, &root.path().join("broken.jpg")),
        "no such file or folder"
    );

    let root = folder(&fixture);
    symlink(root.path(), root.path().join("loop")).unwrap();
    let found = error_in_folder(&fixture, root.path());
    assert!(found.starts_with("symbolic link loops back to "), "{found}");

    let root = folder(&fixture);
    symlink("self.jpg", root.path().join("self.jpg")).unwrap();
    for found in [
        error_in_folder(&fixture, root.path()),
        error(&fixture, &root.path().join("self.jpg")),
    ] {
        assert!(
            found.starts_with("cannot be read: Too many levels of symbolic links"),
            "{found}"
        );
    }
}

fn pipe(path: PathBuf) -> PathBuf {
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    path
}

/// Opening a named pipe without a writer would wait for ever.
#[test]
fn a_named_pipe_is_not_waited_for() {
    let fixture = fixture();
    let root = folder(&fixture);
    let pipe = pipe(root.path().join("pipe.jpg"));
    assert_eq!(error(&fixture, &pipe), "not a file: a named pipe");
    assert_eq!(error_in_folder(&fixture, root.path()), "not a file: a named pipe");
    assert_eq!(error(&fixture, Path::new("/dev/null")), "not a file: a device");
}

/// What a manifest lists is read as files, so a folder there is an input that fails.
#[test]
fn a_folder_in_a_manifest_is_no_image() {
    let fixture = fixture();
    let root = folder(&fixture);
    fs::create_dir(root.path().join("folder.jpg")).unwrap();
    pipe(root.path().join("pipe.jpg"));
    let manifest = root.path().join("manifest.csv");
    fs::write(
        &manifest,
        "path,label\nfolder.jpg,fake\npipe.jpg,fake\ngood.jpg,real\n",
    )
    .unwrap();
    let extracted = dftective!["extract", manifest].exits(1);
    let rows = crate::support::csv_rows(&extracted.stdout);
    let errors: Vec<_> = rows[1..].iter().map(|row| &row[13][..]).collect();
    assert_eq!(
        errors,
        ["not a file: a directory", "not a file: a named pipe", ""]
    );
}

/// Reading a folder fails again and again.
#[test]
fn a_list_that_cannot_be_read_ends() {
    let fixture = fixture();
    let output = Command::new(PROGRAM)
        .args(["score", "-", "--model"])
        .arg(fixture.detector())
        .stdin(fs::File::open(fixture.data()).unwrap())
        .output()
        .unwrap();
    let found = records(&Run::of(output).exits(1).stdout);
    assert_eq!((found.len(), &found[0].path[..]), (1, "-"));
    assert!(
        found[0].error.starts_with("cannot be read: Is a directory"),
        "{found:?}"
    );
}
