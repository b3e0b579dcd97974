use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use super::*;
use crate::{Remark, read, read_bytes};

fn refusal(path: &Path) -> String {
    read(path, &Limits::default()).unwrap_err().to_string()
}

fn file(folder: &TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn content_decides_and_a_misleading_name_is_remarked_on() {
    let folder = TempDir::new().unwrap();
    let png = encode(&colours().into(), ImageFormat::Png);
    let decoded = read(&file(&folder, "a.JPG", &png), &Limits::default()).unwrap();
    assert_eq!(decoded.source.format, Format::Png);
    assert_eq!(
        decoded.source.remarks,
        [Remark::MisleadingName {
            extension: "jpg".into(),
            format: Format::Png
        }]
    );
    for name in ["a.png", "a", "a.dat"] {
        let decoded = read(&file(&folder, name, &png), &Limits::default()).unwrap();
        assert_eq!(decoded.source.remarks, [], "{name}");
    }
    let text = file(&folder, "notes.png", b"these are notes");
    assert_eq!(
        refusal(&text),
        "not an image: starts with the text \"these are no\""
    );
}

#[test]
fn sizes_are_bounded_exactly() {
    let folder = TempDir::new().unwrap();
    let path = file(&folder, "a.pgm", b"P5 2 1 255\nab");
    let within = Limits {
        max_file_bytes: 13,
        max_pixels: 2,
    };
    assert_eq!(read_bytes(&path, &within).unwrap(), b"P5 2 1 255\nab");
    assert_eq!(read(&path, &within).unwrap().luma.as_raw(), b"ab");
    let error = read(
        &path,
        &Limits {
            max_file_bytes: 12,
            ..within
        },
    )
    .unwrap_err();
    assert_eq!(error.to_string(), "file too large: at least 13 bytes, limit 12");
    let error = decode(
        b"P5 2 1 255\nab",
        &Limits {
            max_file_bytes: 12,
            ..within
        },
    )
    .unwrap_err();
    assert_eq!(error.to_string(), "file too large: at least 13 bytes, limit 12");
    let error = read(
        &path,
        &Limits {
            max_pixels: 1,
            ..within
        },
    )
    .unwrap_err();
    assert_eq!(error.to_string(), "too many pixels: 2 x 1, limit 1");
    assert_eq!(refusal(&file(&folder, "empty.png", b"")), "empty file");
}

#[test]
fn what_is_not_a_file_is_named() {
    let folder = TempDir::new().unwrap();
    assert_eq!(refusal(folder.path()), "not a file: a directory");
    let error = read(&folder.path().join("none.png"), &Limits::default()).unwrap_err();
    assert!(matches!(error, DecodeError::Unreadable { .. }), "{error}");
}

#[cfg(unix)]
#[test]
fn a_pipe_and_a_device_are_refused_without_waiting() {
    let folder = TempDir::new().unwrap();
    let pipe = folder.path().join("pipe.png");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    assert_eq!(refusal(&pipe), "not a file: a named pipe");
    assert_eq!(refusal(Path::new("/dev/null")), "not a file: a device");
}
