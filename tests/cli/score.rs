//! `dftective score` on images that are in order.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use serde_json::Value;

use crate::support::{PER_CLASS, csv_rows, dftective, fixture, list, records, run};

const COLUMNS: [&str; 11] = [
    "path",
    "score",
    "margin",
    "verdict",
    "out_of_domain",
    "width",
    "height",
    "format",
    "notes",
    "error",
    "code",
];

/// Rows of a table of any format as JSON objects without nulls.
fn rows(path: &Path) -> Vec<BTreeMap<String, Value>> {
    let named = |pairs: Vec<(String, Value)>| -> BTreeMap<_, _> {
        assert!(pairs.iter().map(|(name, _)| name).eq(COLUMNS));
        pairs.into_iter().filter(|(_, value)| !value.is_null()).collect()
    };
    match path.extension().unwrap().to_str().unwrap() {
        "csv" => {
            let rows = csv_rows(&fs::read_to_string(path).unwrap());
            let value = |(name, text): (&str, &String)| {
                let value = match name {
                    _ if text.is_empty() => Value::Null,
                    "score" | "margin" => text.parse::<f64>().unwrap().into(),
                    "width" | "height" => text.parse::<i64>().unwrap().into(),
                    _ => text.as_str().into(),
                };
                (name.to_owned(), value)
            };
            let row = |row: &Vec<String>| named(COLUMNS.into_iter().zip(row).map(value).collect());
            assert_eq!(rows[0], COLUMNS);
            rows[1..].iter().map(row).collect()
        }
        "jsonl" => {
            let text = fs::read_to_string(path).unwrap();
            let row = |line| {
                let Value::Object(object) = serde_json::from_str(line).unwrap() else {
                    panic!("no object: {line}")
                };
                let pairs = COLUMNS.map(|name| (name.to_owned(), object[name].clone()));
                assert_eq!(object.len(), COLUMNS.len());
                named(pairs.to_vec())
            };
            text.lines().map(row).collect()
        }
        _ => {
            let reader = SerializedFileReader::new(fs::File::open(path).unwrap()).unwrap();
            let value = |field: &Field| match field {
                Field::Null => Value::Null,
                Field::Str(text) => text.as_str().into(),
                Field::Double(number) => (*number).into(),
                Field::Long(number) => (*number).into(),
                other => panic!("unexpected {other:?}"),
            };
            let rows = reader.get_row_iter(None).unwrap().map(Result::unwrap);
            rows.map(|row| {
                let pairs = row.get_column_iter();
                named(pairs.map(|(name, field)| (name.clone(), value(field))).collect())
            })
            .collect()
        }
    }
}

#[test]
fn every_format_carries_the_same_records_in_the_same_order() {
    let fixture = fixture();
    let root = tempfile::tempdir().unwrap();
    let missing = root.path().join("none.jpg");
    let tables = ["csv", "jsonl", "parquet"].map(|format| {
        let path = root.path().join("scores").with_extension(format);
        dftective![
            "score",
            fixture.data(),
            missing,
            "--model",
            fixture.detector(),
            "-o",
            path
        ]
        .exits(1)
        .says("49 images: ")
        .says("1 could not be judged");
        rows(&path)
    });
    assert!(tables[0] == tables[1] && tables[0] == tables[2]);
    let order: Vec<_> = tables[0]
        .iter()
        .map(|row| row["path"].as_str().unwrap().to_owned())
        .collect();
    let pictures = ["fake", "real"].map(|class| (0..PER_CLASS).map(move |index| (class, index)));
    let mut expected: Vec<_> = pictures
        .into_iter()
        .flatten()
        .map(|(class, index)| fixture.picture(class, index).to_str().unwrap().to_owned())
        .collect();
    expected.push(missing.to_str().unwrap().to_owned());
    assert_eq!(order, expected);
    assert_eq!(tables[0][48]["error"], "no such file or folder");
    assert_eq!(tables[0][48]["code"], "not_found");
}

#[test]
fn standard_output_and_files_get_the_same_bytes() {
    let fixture = fixture();
    let root = tempfile::tempdir().unwrap();
    for format in ["csv", "jsonl"] {
        // The name says nothing, so the option does.
        let path = root.path().join("scores");
        let arguments = ["score", "--format", format, "--model"];
        let [score, option, value, model] = arguments;
        let direct = dftective![score, fixture.data(), option, value, model, fixture.detector()].exits(0);
        dftective![
            score,
            fixture.data(),
            option,
            value,
            model,
            fixture.detector(),
            "-o",
            path
        ]
        .exits(0);
        assert_eq!(fs::read_to_string(&path).unwrap(), direct.stdout);
    }
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
}

#[test]
fn the_bytes_do_not_depend_on_the_number_of_threads() {
    let fixture = fixture();
    let on = |threads: &str| {
        let run = dftective![
            "score",
            fixture.data(),
            "--model",
            fixture.detector(),
            "--threads",
            threads
        ];
        run.exits(0).stdout
    };
    assert!(on("1") == on("8"));
}

#[test]
fn most_training_images_are_called_by_their_name() {
    let fixture = fixture();
    let judged = records(
        &dftective!["score", fixture.data(), "--model", fixture.detector()]
            .exits(0)
            .stdout,
    );
    // The detector was set to be wrong in a tenth of its verdicts, and has seen these images.
    let wrong = judged.iter().filter(|record| match record.verdict.as_deref() {
        Some("fake") => record.path.contains("real"),
        Some("real") => record.path.contains("fake"),
        _ => false,
    });
    assert!(wrong.count() <= judged.len() / 10);
    assert!(
        judged
            .iter()
            .all(|record| record.width == Some(64) && record.notes.is_empty())
    );
}

#[test]
fn lists_are_read_from_standard_input() {
    let fixture = fixture();
    let paths = [fixture.picture("real", 2), fixture.picture("fake", 2)];
    let direct = dftective!["score", paths[0], paths[1], "--model", fixture.detector()]
        .exits(0)
        .stdout;
    let lines = list(&paths);
    let zeros: Vec<u8> = lines
        .iter()
        .map(|&byte| if byte == b'\n' { 0 } else { byte })
        .collect();
    let model = fixture.detector().into_os_string();
    let listed = |arguments: &[&str], stdin: &[u8]| {
        let mut arguments: Vec<_> = arguments.iter().map(Into::into).collect();
        arguments.extend(["--model".into(), model.clone()]);
        run(&arguments, stdin).exits(0).stdout
    };
    assert_eq!(listed(&["score", "-"], &lines), direct);
    assert_eq!(listed(&["score", "-", "--null"], &zeros), direct);
}

#[test]
fn files_that_are_no_images_by_their_name_are_counted() {
    let fixture = fixture();
    let run = dftective!["score", fixture.data(), "--model", fixture.detector()].exits(0);
    // README.txt and manifest.csv.
    run.says("2 files were passed over (--verbose says which, and why)");
}

#[test]
fn nothing_to_judge_leaves_an_earlier_table_alone() {
    let fixture = fixture();
    let root = tempfile::tempdir().unwrap();
    let (empty, out) = (root.path().join("empty"), root.path().join("scores.csv"));
    fs::create_dir(&empty).unwrap();
    fs::write(&out, "earlier").unwrap();
    for option in ["--restart", "--resume"] {
        dftective!["score", empty, "--model", fixture.detector(), "-o", out, option]
            .refuses("no images found");
    }
    let run = dftective!["score", empty, "--model", fixture.detector()].refuses("no images found");
    assert_eq!(run.stdout, "");
    assert_eq!(fs::read_to_string(&out).unwrap(), "earlier");
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 2);
}

#[test]
fn verdicts_are_no_features() {
    let fixture = fixture();
    dftective![
        "score",
        fixture.data(),
        "--model",
        fixture.detector(),
        "-o",
        "x.npz"
    ]
    .refuses("npz holds features, not verdicts");
    dftective![
        "score",
        fixture.data(),
        "--model",
        fixture.detector(),
        "--format",
        "parquet"
    ]
    .refuses("takes only csv and jsonl");
}
