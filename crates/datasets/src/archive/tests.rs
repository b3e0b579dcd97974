//! Archives made here: whole, damaged, hostile.

use std::fs;
use std::io::Write;
use std::sync::Mutex;

use ::tar::EntryType;
use ::zip::ZipWriter;
use ::zip::write::SimpleFileOptions;
use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;

use super::inflate::Inflating;
use super::*;
use crate::{Inputs, Labelled, labelled};
use dftective_sample::Label;

/// The start of an image.
const JPEG: &[u8] = b"\xFF\xD8\xFF\xE0 a picture";

/// Names and bytes in a ZIP archive.
fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        if name.ends_with('/') {
            writer.add_directory(*name, SimpleFileOptions::default()).unwrap();
            continue;
        }
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// The same in a tar, whose names may be any bytes.
fn tar(files: &[(&[u8], &[u8])]) -> Vec<u8> {
    let mut builder = ::tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = ::tar::Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name);
        header.set_size(bytes.len() as u64);
        header.set_entry_type(match name.last() {
            Some(b'/') => EntryType::Directory,
            _ => EntryType::Regular,
        });
        header.set_cksum();
        builder.append(&header, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The same files in each kind of archive.
fn each_kind(files: &[(&str, &[u8])]) -> [(&'static str, Vec<u8>); 4] {
    let raw: Vec<(&[u8], &[u8])> = files
        .iter()
        .map(|(name, bytes)| (name.as_bytes(), *bytes))
        .collect();
    [
        ("a.zip", zip(files)),
        ("a.tar", tar(&raw)),
        ("a.tar.gz", gzip(&tar(&raw))),
        ("b.TGZ", gzip(&tar(&raw))),
    ]
}

fn write(folder: &TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    path
}

/// Each input below a path, as its name behind the folder and its bytes or what is wrong; and what was passed over.
fn found(path: &Path, all_files: bool, limit: u64) -> (Vec<String>, Vec<String>) {
    let folder = format!("{}/", path.parent().unwrap().display());
    let passed_over = Mutex::new(Vec::new());
    let hear = |file: &PassedOver| {
        let line = format!("{}: {}", file.name.replace(&folder, ""), file.why);
        passed_over.lock().unwrap().push(line);
    };
    let search = Search {
        all_files,
        on_passed_over: &hear,
        ..Search::default()
    };
    let told = |input: Input| match input {
        Ok(sample) => {
            let again = if sample.repeated { " again" } else { "" };
            let bytes = match &sample.origin {
                Origin::Member { content, .. } => content.0.read(limit),
                other => panic!("{other:?}"),
            };
            let held = bytes.map_or_else(
                |error| format!("{} {error}", error.code),
                |bytes| String::from_utf8_lossy(&bytes).into_owned(),
            );
            format!("{}{again}: {held}", sample.name())
        }
        Err(bad) => format!("{}: {} {}", bad.sample.name(), bad.cause.code(), bad.cause),
    };
    let inputs = Inputs::new(std::iter::once(Ok(path.to_path_buf())), search);
    let lines = inputs.map(told).map(|line| line.replace(&folder, "")).collect();
    (lines, passed_over.into_inner().unwrap())
}

const PLENTY: u64 = 1 << 20;

#[test]
fn kinds_are_told_by_name() {
    for (name, kind) in [
        ("a.zip", Some(Kind::Zip)),
        ("b/A.TAR", Some(Kind::Tar)),
        ("a.tar.gz", Some(Kind::TarGzip)),
        ("a.tgz", Some(Kind::TarGzip)),
        ("a.gz", None),
        (".zip", None),
        ("zip", None),
        ("a.zip.txt", None),
    ] {
        assert_eq!(Kind::of(Path::new(name)), kind, "{name}");
    }
}

#[test]
fn images_are_found_in_the_archives_order() {
    let root = tempfile::tempdir().unwrap();
    let files: &[(&str, &[u8])] = &[
        ("z/", b""),
        ("z/2.jpg", b"two"),
        ("notes.txt", b"Dear Sir"),
        ("IMG_0001", JPEG),
        ("a/1.png", b"one"),
        ("__MACOSX/a/._1.png", b"\0\x05\x16\x07"),
        ("inner.zip", b"PK"),
    ];
    for (name, bytes) in each_kind(files) {
        let path = write(&root, name, &bytes);
        let (inputs, passed_over) = found(&path, false, PLENTY);
        let jpeg = String::from_utf8_lossy(JPEG);
        assert_eq!(
            inputs,
            [
                format!("{name}!/z/2.jpg: two"),
                format!("{name}!/IMG_0001: {jpeg}"),
                format!("{name}!/a/1.png: one"),
            ]
        );
        assert_eq!(
            passed_over,
            [
                format!("{name}!/notes.txt: {}", Why::NoImage),
                format!("{name}!/__MACOSX/a/._1.png: {}", Why::MacFolder),
                format!("{name}!/inner.zip: {}", Why::NestedArchive),
            ]
        );
        let (all, none) = found(&path, true, PLENTY);
        assert_eq!((all.len(), none.len()), (6, 0), "{all:?}");
    }
}

#[test]
fn an_archive_in_a_folder_is_looked_into() {
    let root = tempfile::tempdir().unwrap();
    write(&root, "b.zip", &zip(&[("1.jpg", b"one")]));
    for name in ["a.jpg", "c.jpg"] {
        write(&root, name, b"x");
    }
    let names = |search: Search<'_>| -> Vec<String> {
        let inputs = Inputs::new(std::iter::once(Ok(root.path().to_path_buf())), search);
        let below = format!("{}/", root.path().display());
        inputs
            .map(|input| input.unwrap().name().replace(&below, ""))
            .collect()
    };
    assert_eq!(names(Search::default()), ["a.jpg", "b.zip!/1.jpg", "c.jpg"]);
    let closed = Search {
        closed_archives: true,
        ..Search::default()
    };
    assert_eq!(names(closed), ["a.jpg", "b.zip", "c.jpg"]);
}

#[test]
fn a_member_is_found_by_its_name() {
    let root = tempfile::tempdir().unwrap();
    for (name, bytes) in each_kind(&[("a/1.jpg", b"one"), ("notes.txt", b"Dear Sir")]) {
        let path = write(&root, name, &bytes);
        let member = |member: &str| PathBuf::from(format!("{}!/{member}", path.display()));
        assert_eq!(found(&member("a/1.jpg"), false, PLENTY).0.len(), 1);
        let roots = ["a/1.jpg", "notes.txt", "a/2.jpg"].map(|name| Ok(member(name)));
        let inputs: Vec<Input> = Inputs::new(roots.into_iter(), Search::default()).collect();
        let read = |input: &Input| match &input.as_ref().unwrap().origin {
            Origin::Member { content, .. } => content.0.read(PLENTY).unwrap(),
            other => panic!("{other:?}"),
        };
        assert_eq!(read(&inputs[0]), b"one");
        // What is asked for by name is taken as it is.
        assert_eq!(read(&inputs[1]), b"Dear Sir");
        let missing = inputs[2].as_ref().unwrap_err();
        assert_eq!(missing.cause.code().as_str(), "not_found");
        assert!(missing.sample.name().ends_with("!/a/2.jpg"));
    }
}

#[test]
fn a_member_larger_than_allowed_is_never_held() {
    let root = tempfile::tempdir().unwrap();
    let zeros = vec![0; 1 << 20];
    let files: &[(&str, &[u8])] = &[("1.jpg", &zeros), ("2.jpg", b"two")];
    for (name, bytes) in each_kind(files) {
        let (inputs, _) = found(&write(&root, name, &bytes), false, 1000);
        assert_eq!(
            inputs,
            [
                format!("{name}!/1.jpg: too_large file too large: more than 1000 bytes in the archive"),
                format!("{name}!/2.jpg: two"),
            ]
        );
    }
}

/// A directory that says a member is small does not make it so.
#[test]
fn a_size_is_measured_and_not_believed() {
    let root = tempfile::tempdir().unwrap();
    let mut bytes = zip(&[("1.jpg", &vec![0; 1 << 20])]);
    let size = (1_u32 << 20).to_le_bytes();
    let places: Vec<usize> = (0..bytes.len() - 4)
        .filter(|&at| bytes[at..at + 4] == size)
        .collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at..at + 4].copy_from_slice(&5_u32.to_le_bytes());
    }
    let (inputs, _) = found(&write(&root, "a.zip", &bytes), false, 1000);
    assert_eq!(inputs.len(), 1);
    let refused = ["too_large", "corrupt", "truncated"];
    assert!(refused.iter().any(|code| inputs[0].contains(code)), "{inputs:?}");
}

#[test]
fn what_grows_beyond_measure_is_given_up() {
    let root = tempfile::tempdir().unwrap();
    let path = write(&root, "a.gz", &gzip(&vec![0; 8 << 20]));
    let read = |free| {
        let mut inflating = Inflating::with_free(&path, free).unwrap();
        std::io::copy(&mut inflating, &mut std::io::sink())
    };
    assert_eq!(read(8 << 20).unwrap(), 8 << 20);
    let error = ArchiveError::from(read(1 << 20).unwrap_err());
    assert_eq!(error.code().as_str(), "too_large", "{error}");
}

/// Two entries of the directory for one member's bytes, as a bomb has thousands.
#[test]
fn members_that_share_bytes_are_refused() {
    let root = tempfile::tempdir().unwrap();
    let mut bytes = zip(&[("1.jpg", b"one"), ("2.jpg", b"one")]);
    let entry = b"PK\x01\x02";
    let second = bytes.windows(4).rposition(|window| window == entry).unwrap();
    // The place of the local header, in the last four bytes before the name.
    bytes[second + 42..second + 46].fill(0);
    let (inputs, _) = found(&write(&root, "a.zip", &bytes), false, PLENTY);
    assert_eq!(
        inputs,
        ["a.zip: too_large the archive is made to grow beyond measure: its files share bytes"]
    );
}

#[test]
fn archives_cut_short_say_so() {
    let root = tempfile::tempdir().unwrap();
    let noise: Vec<u8> = (0..40_000_u32)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    for (name, bytes) in each_kind(&[("1.jpg", b"one"), ("2.jpg", &noise), ("3.jpg", b"three")]) {
        let path = write(&root, name, &bytes[..bytes.len() / 2]);
        let (inputs, _) = found(&path, false, PLENTY);
        match name {
            // Its directory stood at its end.
            "a.zip" => assert!(
                inputs.len() == 1 && inputs[0].starts_with("a.zip: corrupt damaged archive: "),
                "{inputs:?}"
            ),
            _ => {
                assert_eq!(inputs[0], format!("{name}!/1.jpg: one"));
                assert!(
                    inputs[1].starts_with(&format!("{name}!/2.jpg: truncated ")),
                    "{inputs:?}"
                );
            }
        }
        let code = |line: &String| line.contains(": truncated ") || line.contains(": corrupt ");
        assert!(code(inputs.last().unwrap()), "{inputs:?}");
    }
}

#[test]
fn a_damaged_member_leaves_the_others() {
    let root = tempfile::tempdir().unwrap();
    let mut bytes = zip(&[
        ("1.jpg", b"one"),
        ("2.jpg", b"two, which is stored"),
        ("3.jpg", b"three"),
    ]);
    // A bit in the compressed bytes behind the second local header.
    let header = b"PK\x03\x04";
    let places: Vec<usize> = bytes
        .windows(4)
        .enumerate()
        .filter_map(|(at, window)| (window == header).then_some(at))
        .collect();
    bytes[places[1] + 30 + 5 + 6] ^= 0x10;
    let (inputs, _) = found(&write(&root, "a.zip", &bytes), false, PLENTY);
    assert_eq!(inputs[0], "a.zip!/1.jpg: one");
    assert!(
        inputs[1].starts_with("a.zip!/2.jpg: corrupt damaged archive: "),
        "{inputs:?}"
    );
    assert_eq!(inputs[2], "a.zip!/3.jpg: three");
}

#[test]
fn an_encrypted_member_says_so() {
    let root = tempfile::tempdir().unwrap();
    let mut bytes = zip(&[("1.jpg", b"one"), ("2.jpg", b"two")]);
    // The lowest bit of the flags, in the directory and before the member.
    for (signature, flags) in [(b"PK\x01\x02", 8), (b"PK\x03\x04", 6)] {
        let at = bytes.windows(4).position(|window| window == signature).unwrap();
        bytes[at + flags] |= 1;
    }
    let (inputs, _) = found(&write(&root, "a.zip", &bytes), false, PLENTY);
    assert_eq!(
        inputs,
        [
            "a.zip!/1.jpg: unsupported encrypted in the archive",
            "a.zip!/2.jpg: two"
        ]
    );
}

#[test]
fn what_is_no_archive_says_so() {
    let root = tempfile::tempdir().unwrap();
    for name in ["a.zip", "a.tar", "a.tgz"] {
        let (inputs, _) = found(&write(&root, name, &[7; 2000]), false, PLENTY);
        assert_eq!(inputs.len(), 1, "{inputs:?}");
        assert!(inputs[0].starts_with(&format!("{name}: corrupt ")), "{inputs:?}");
        assert!(fs::write(root.path().join(name), b"").is_ok());
        let (empty, _) = found(&root.path().join(name), false, PLENTY);
        assert!(empty.len() <= 1, "{empty:?}");
    }
}

/// Of equal names a tar has the files one after the other, and a ZIP archive's directory the last.
#[test]
fn equal_names_are_not_lost_in_silence() {
    let root = tempfile::tempdir().unwrap();
    let path = write(&root, "a.tar", &tar(&[(b"1.jpg", b"one"), (b"1.jpg", b"two")]));
    assert_eq!(
        found(&path, false, PLENTY).0,
        ["a.tar!/1.jpg: one", "a.tar!/1.jpg again: two"]
    );
    let mut bytes = zip(&[("1.jpg", b"one"), ("2.jpg", b"two")]);
    while let Some(at) = bytes.windows(5).position(|window| window == b"2.jpg") {
        bytes[at] = b'1';
    }
    let (inputs, _) = found(&write(&root, "a.zip", &bytes), false, PLENTY);
    assert_eq!(
        inputs,
        [
            "a.zip!/1.jpg: two",
            "a.zip: corrupt files of one name in the archive: of each name the last is read"
        ]
    );
}

#[test]
fn names_are_names_only() {
    let root = tempfile::tempdir().unwrap();
    let inner = root.path().join("inner");
    fs::create_dir(&inner).unwrap();
    let archive = tar(&[
        (b"../1.jpg", b"one"),
        (b"/2.jpg", b"two"),
        (b"odd-\xff.jpg", b"three"),
    ]);
    for (name, bytes) in [("a.tar", archive.clone()), ("a.tgz", gzip(&archive))] {
        fs::write(inner.join(name), bytes).unwrap();
        assert_eq!(
            found(&inner.join(name), false, PLENTY).0,
            [
                format!("{name}!/../1.jpg: one"),
                format!("{name}!//2.jpg: two"),
                format!("{name}!/odd-\\xFF.jpg: three"),
            ]
        );
    }
    let mut bytes = zip(&[("../1.jpg", b"one"), ("odd-?.jpg", b"two")]);
    while let Some(at) = bytes.windows(5).position(|window| window == b"odd-?") {
        bytes[at + 4] = 0xFF;
    }
    fs::write(inner.join("a.zip"), bytes).unwrap();
    assert_eq!(
        found(&inner.join("a.zip"), false, PLENTY).0,
        ["a.zip!/../1.jpg: one", "a.zip!/odd-\\xFF.jpg: two"]
    );
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
    assert_eq!(fs::read_dir(&inner).unwrap().count(), 3);
}

#[test]
fn class_folders_label_inside_as_outside() {
    let root = tempfile::tempdir().unwrap();
    for top in ["", "faces/"] {
        let name = |rest: &str| format!("{top}{rest}");
        let names = [
            "README.txt",
            "fake/gan/deep/1.jpg",
            "real/2.jpg",
            "fake/3.jpg",
            "other/4.jpg",
        ]
        .map(name);
        let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b"x"[..])).collect();
        for (archive, bytes) in each_kind(&files) {
            let path = write(&root, archive, &bytes);
            assert!(crate::is_labelled(&path, Search::default()));
            let Labelled { inputs, unlabelled } = labelled(&path, Search::default()).unwrap();
            assert_eq!(unlabelled.len(), 1, "other/4.jpg");
            let told: Vec<String> = inputs
                .into_iter()
                .map(|input| {
                    let sample = input.unwrap();
                    let name = sample.name();
                    let (_, member) = name.split_once("!/").unwrap();
                    let source = sample.source.unwrap_or_default();
                    format!("{member} {} {source}", sample.label.unwrap())
                })
                .collect();
            assert_eq!(
                told,
                [
                    format!("{top}real/2.jpg real "),
                    format!("{top}fake/gan/deep/1.jpg fake gan"),
                    format!("{top}fake/3.jpg fake "),
                ]
            );
        }
    }
    let path = write(&root, "a.zip", &zip(&[("real/1.jpg", b"x"), ("2.jpg", b"x")]));
    assert!(!crate::is_labelled(&path, Search::default()));
    assert!(matches!(
        labelled(&path, Search::default()),
        Err(DatasetError::NotLabelled {
            only: Some(Label::Real),
            ..
        })
    ));
}

#[test]
fn an_archive_in_a_class_folder_is_a_source() {
    let root = tempfile::tempdir().unwrap();
    for class in ["real", "fake"] {
        fs::create_dir(root.path().join(class)).unwrap();
    }
    write(&root, "fake/gan.tar.gz", &gzip(&tar(&[(b"x/1.jpg", b"x")])));
    let inputs = labelled(root.path(), Search::default()).unwrap().inputs;
    let sample = inputs[0].as_ref().unwrap();
    assert_eq!((inputs.len(), sample.source.as_deref()), (1, Some("gan")));
}

/// A compressed tar has no places to go to: whatever the order of the questions, the answers are right.
#[test]
fn a_stream_answers_in_any_order() {
    let root = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..60).map(|number| format!("{number}.jpg")).collect();
    let files: Vec<(&[u8], &[u8])> = names
        .iter()
        .map(|name| (name.as_bytes(), name.as_bytes()))
        .collect();
    let path = write(&root, "a.tgz", &gzip(&tar(&files)));
    let inputs = Inputs::new(std::iter::once(Ok(path)), Search::default());
    let samples: Vec<Sample> = inputs.map(Result::unwrap).collect();
    let check = |number: usize| match &samples[number].origin {
        Origin::Member { content, .. } => {
            assert_eq!(content.0.read(PLENTY).unwrap(), names[number].as_bytes());
        }
        other => panic!("{other:?}"),
    };
    (0..60).for_each(check);
    (0..60).rev().for_each(check);
    (0..60).map(|number| number * 37 % 60).for_each(check);
    std::thread::scope(|scope| {
        for first in 0..4 {
            scope.spawn(move || (first..60).step_by(4).for_each(check));
        }
    });
}

#[test]
fn a_manifest_names_members() {
    let root = tempfile::tempdir().unwrap();
    write(&root, "a.zip", &zip(&[("x/1.jpg", b"one")]));
    let manifest = write(
        &root,
        "m.csv",
        b"path,label,group\na.zip!/x/1.jpg,fake,g\na.zip!/x/2.jpg,real,\n",
    );
    let inputs = labelled(&manifest, Search::default()).unwrap().inputs;
    let sample = inputs[0].as_ref().unwrap();
    assert!(matches!(sample.origin, Origin::Member { .. }));
    assert!(sample.is_fake() && sample.group.as_deref() == Some("g"));
    let missing = inputs[1].as_ref().unwrap_err();
    assert_eq!(missing.cause.to_string(), "no such file in the archive");
    assert!(missing.sample.label.is_some());
}
