use std::fs;
use std::path::Path;

use super::{plain, small};
use crate::{Data, Experiment, Found};
use dftective_evaluate::HoldOut;
use dftective_sample::{Label, LabelWords};

/// An experiment with two folders, of videos on the fake side, and two feature files with labels 0 = fake.
fn layout() -> Experiment {
    small(
        "origin = \"Made here.\"",
        r#"origin = "Made here."
folders = [
    { path = "made", label = "fake", subfolders_are_videos = true },
    { path = "taken", label = "real", take = 2 },
]
pickles = { fake = 0, real = 1, files = [{ name = "a.pkl", part = "train" }, { name = "b.pkl", part = "test" }] }"#,
    )
}

fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// What Python's pickle, protocol 3, makes of {"data": n × 2 doubles, "label": n doubles}.
fn pickle(labels: &[f64], columns: usize) -> Vec<u8> {
    fn text(out: &mut Vec<u8>, text: &str) {
        out.push(b'X');
        out.extend((text.len() as u32).to_le_bytes());
        out.extend(text.as_bytes());
    }
    fn array(out: &mut Vec<u8>, shape: &[usize], values: &[f64]) {
        out.extend(b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R(K\x01(");
        for &length in shape {
            out.extend([b'K', length as u8]);
        }
        out.extend(b"tcnumpy\ndtype\n");
        text(out, "f8");
        out.extend(b"K\x00K\x01\x87R(K\x03");
        text(out, "<");
        out.extend(b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89B");
        out.extend((8 * values.len() as u32).to_le_bytes());
        for value in values {
            out.extend(value.to_le_bytes());
        }
        out.extend(b"tb");
    }
    let mut out = b"\x80\x03}(".to_vec();
    text(&mut out, "data");
    let values: Vec<f64> = (0..columns * labels.len()).map(|value| value as f64).collect();
    array(&mut out, &[labels.len(), columns], &values);
    text(&mut out, "label");
    array(&mut out, &[labels.len()], labels);
    out.extend(b"u.");
    out
}

fn features(path: &Path) -> Data {
    match layout().find(path, &LabelWords::default()).unwrap() {
        Found::Features(data) => *data,
        other => panic!("{other:?}"),
    }
}

fn error(path: &Path) -> String {
    layout()
        .find(path, &LabelWords::default())
        .unwrap_err()
        .to_string()
}

#[test]
fn images_in_the_published_layout_know_label_source_and_video() {
    let root = tempfile::tempdir().unwrap();
    for name in [
        "made/v1/1.jpg",
        "made/v1/2.jpg",
        "made/3.jpg",
        "taken/3.jpg",
        "taken/1.jpg",
        "taken/2.jpg",
    ] {
        write(&root.path().join(name), b"x");
    }
    // Images come first, whatever else lies there.
    write(&root.path().join("a.pkl"), b"x");
    let Found::Images(inputs) = layout().find(root.path(), &LabelWords::default()).unwrap() else {
        panic!("no images");
    };
    let found: Vec<_> = inputs
        .iter()
        .map(|input| {
            let item = input.as_ref().unwrap();
            let name = item.origin.file().unwrap().file_name().unwrap().to_str().unwrap();
            (
                name,
                item.label.unwrap(),
                item.source.as_deref().unwrap(),
                item.group.as_deref(),
            )
        })
        .collect();
    let video = Some("made/v1");
    let expected = [
        ("3.jpg", Label::Fake, "made", None),
        ("1.jpg", Label::Fake, "made", video),
        ("2.jpg", Label::Fake, "made", video),
        ("1.jpg", Label::Real, "taken", None),
        ("2.jpg", Label::Real, "taken", None),
    ];
    assert_eq!(found, expected);
}

#[test]
fn feature_files_give_labels_and_parts() {
    let root = tempfile::tempdir().unwrap();
    write(&root.path().join("a.pkl"), &pickle(&[0.0, 1.0, 1.0], 2));
    let one = features(root.path());
    assert_eq!(
        (one.dataset.fake(), &one.parts),
        (vec![true, false, false], &None)
    );
    write(&root.path().join("b.pkl"), &pickle(&[1.0, 0.0], 2));
    let both = features(root.path());
    assert_eq!(both.dataset.fake(), [true, false, false, false, true]);
    assert_eq!(both.dataset.features.row(4).to_vec(), [2.0, 3.0]);
    assert_eq!(both.dataset.samples[4].name(), "b.pkl, row 1");
    assert_eq!(
        both.parts,
        Some(HoldOut {
            train: vec![0, 1, 2],
            test: vec![3, 4]
        })
    );
    assert_eq!(both.kind, "published features, a.pkl and b.pkl");
    // A file by itself is of one part, whatever lies beside it; one of another name is taken as well.
    assert_eq!(features(&root.path().join("b.pkl")).parts, None);
    write(&root.path().join("mine.PKL"), &pickle(&[1.0, 0.0], 2));
    assert_eq!(features(&root.path().join("mine.PKL")).dataset.samples.len(), 2);
}

#[test]
fn feature_files_that_do_not_fit_are_refused() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("a.pkl");
    for (bytes, message) in [
        (
            pickle(&[0.0, 2.0], 2),
            "a.pkl, row 1: label 2, expected 0 for fake or 1 for real",
        ),
        (pickle(&[0.0, 1.0], 3), "a.pkl: rows of 3 features, expected 2"),
        (b"no pickle".to_vec(), "a.pkl"),
    ] {
        write(&path, &bytes);
        assert!(error(&path).contains(message), "{}", error(&path));
    }
    let none = plain()
        .find(&path, &LabelWords::default())
        .unwrap_err()
        .to_string();
    assert!(none.contains("knows no published feature files"), "{none}");
}

#[test]
fn a_folder_without_the_data_is_told_what_is_missing() {
    let root = tempfile::tempdir().unwrap();
    let expected = "expected the folders made/, taken/, or the feature file a.pkl, or the feature file b.pkl, \
                    or the folders real/ and fake/; found";
    assert!(
        error(root.path()).contains(&format!("{expected} none of them")),
        "{}",
        error(root.path())
    );
    fs::create_dir(root.path().join("taken")).unwrap();
    assert!(
        error(root.path()).contains(&format!("{expected} only taken/")),
        "{}",
        error(root.path())
    );
    assert!(error(&root.path().join("none")).ends_with("no such file or folder"));
    for label in Label::ALL {
        fs::create_dir(root.path().join(label.to_string())).unwrap();
    }
    assert!(matches!(
        layout().find(root.path(), &LabelWords::default()),
        Ok(Found::Elsewhere)
    ));
    write(&root.path().join("m.csv"), b"path,label\n");
    assert!(matches!(
        layout().find(&root.path().join("m.csv"), &LabelWords::default()),
        Ok(Found::Elsewhere)
    ));
}
