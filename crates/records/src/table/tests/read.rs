use dftective_sample::Sample;
use std::fs;
use std::io::{Cursor, Write};

use ndarray::array;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;
use crate::table::{FeatureTable, TableError, read_features};

fn read(name: &str, bytes: impl AsRef<[u8]>) -> Result<FeatureTable, TableError> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    read_features(&path)
}

/// The message without the file's name.
fn refusal(name: &str, bytes: impl AsRef<[u8]>) -> String {
    let error = read(name, bytes).unwrap_err().to_string();
    error.split_once(": ").unwrap().1.to_owned()
}

fn named(table: &FeatureTable) -> Vec<String> {
    table.samples.iter().map(Sample::name).collect()
}

#[test]
fn csv_of_others_is_read() {
    let table = read(
        "t.csv",
        "\u{feff}path,f0,label,f1\r\n\"a,b\",1,1, -2.5e3\r\nc,.5,,7\r\n",
    )
    .unwrap();
    assert_eq!(named(&table), ["a,b", "c"]);
    assert_eq!(table.labels, [Some("1".to_owned()), None]);
    assert_eq!(table.columns, ["f0", "f1"]);
    assert_eq!(table.features, array![[1.0, -2500.0], [0.5, 7.0]]);
    assert_eq!((table.recipe, table.skipped), (None, 0));

    let table = read("t.csv", "f0\n1\n2").unwrap();
    assert_eq!(named(&table), ["1", "2"]);
}

#[test]
fn json_lines_of_others_are_read() {
    let table = read(
        "t.jsonl",
        "{\"f0\":1,\"path\":\"a\"}\n\n{\"path\":\"b\",\"f0\":0.25}",
    )
    .unwrap();
    assert_eq!(named(&table), ["a", "b"]);
    assert_eq!(table.features, array![[1.0], [0.25]]);
}

#[test]
fn rows_with_an_error_are_counted_and_left_out() {
    let table = read("t.csv", "path,recipe,error,f0\na,,broken,\nb,r,,1\nc,r,,2\n").unwrap();
    assert_eq!(
        (table.samples.len(), table.skipped, table.recipe.as_deref()),
        (2, 1, Some("r"))
    );
    assert_eq!(
        refusal("t.csv", "path,error,f0\na,broken,\n"),
        "no usable row (1 with an error)"
    );
}

#[test]
fn bad_csv_is_refused_with_its_place() {
    for (csv, expected) in [
        ("", "no feature columns"),
        ("path,label\na,b\n", "no feature columns"),
        ("path,f0\n", "no usable row (0 with an error)"),
        (
            "path,f0,f0\na,1,2\n",
            "the name \"f0\" occurs twice; expected different names",
        ),
        ("path,,f0\na,1,2\n", "column 2 has no name"),
        (
            "path,f0\na,1\nb,x\n",
            "line 3 (row 2), column \"f0\": expected a finite number, found \"x\"",
        ),
        (
            "path,f0\na,\n",
            "line 2 (row 1), column \"f0\": expected a finite number, found nothing",
        ),
        (
            "path,f0\na,nan\n",
            "line 2 (row 1), column \"f0\": expected a finite number, found NaN",
        ),
        (
            "path,f0\na,1e999\n",
            "line 2 (row 1), column \"f0\": expected a finite number, found inf",
        ),
        (
            "path,f0\n,1\n",
            "line 2 (row 1), column \"path\": expected a path, found nothing",
        ),
        (
            "recipe,f0\na,1\nb,1\n",
            "line 3 (row 2): expected recipe \"a\" as in the rows before, found \"b\"",
        ),
        (
            "recipe,f0\na,1\n,1\n",
            "line 3 (row 2): expected recipe \"a\" as in the rows before, found none",
        ),
    ] {
        assert_eq!(refusal("t.csv", csv), expected, "{csv:?}");
    }
    let ragged = refusal("t.csv", "path,f0\na,1\nb,2,3\n");
    assert!(
        ragged.contains("line: 3") && ragged.contains("3 fields"),
        "{ragged}"
    );
    assert!(refusal("t.csv", b"path,f0\n\xff,1\n").contains("UTF-8"));
}

#[test]
fn bad_json_lines_are_refused_with_their_place() {
    let first = "{\"path\":\"a\",\"f0\":1}\n";
    for (line, expected) in [
        (
            "{\"path\":\"b\"}",
            "line 2: expected column \"f0\" as in the first record, found none",
        ),
        (
            "{\"path\":\"b\",\"f0\":1,\"f1\":2}",
            "line 2: column \"f1\" is not in the first record",
        ),
        (
            "{\"path\":\"b\",\"f0\":1,\"f0\":2}",
            "line 2: column \"f0\" occurs twice",
        ),
        (
            "{\"path\":\"b\",\"f0\":\"2\"}",
            "line 2 (row 2), column \"f0\": expected a finite number, found the text \"2\"",
        ),
        (
            "{\"path\":\"b\",\"f0\":null}",
            "line 2 (row 2), column \"f0\": expected a finite number, found nothing",
        ),
    ] {
        assert_eq!(refusal("t.jsonl", format!("{first}{line}\n")), expected);
    }
    for line in [
        "{\"path\":\"b\",\"f0\":[2]}",
        "[1]",
        "{\"path\":\"b\",\"f0\":1",
        "{\"path\":{},\"f0\":1}",
    ] {
        assert!(
            refusal("t.jsonl", format!("{first}{line}\n")).starts_with("line 2: "),
            "{line}"
        );
    }
    assert_eq!(refusal("t.jsonl", ""), "no usable row (0 with an error)");
}

#[test]
fn damaged_parquet_is_refused() {
    let columns = [("path", Kind::Text), ("width", Kind::Integer), ("f0", Kind::Real)];
    let schema = Schema::new(columns.map(|(name, kind)| Column::new(name, kind)).into()).unwrap();
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("t.parquet");
    let target = Target::File(out.clone());
    let mut writer = Writer::create_grouped(&target, Format::Parquet, schema, &metadata(), 5).unwrap();
    for index in 0..12 {
        let row = [
            text(&format!("{index}.jpg")),
            Cell::Integer(64),
            Cell::Real(index as f64),
        ];
        writer.write(&row).unwrap();
    }
    writer.finish().unwrap();
    assert_eq!(read_features(&out).unwrap().features.column(0).sum(), 66.0);

    let parquet = fs::read(out).unwrap();
    for length in [0, 4, 100, parquet.len() - 1] {
        assert!(
            matches!(
                read("t.parquet", &parquet[..length]),
                Err(TableError::Malformed { .. })
            ),
            "{length}"
        );
    }
    // No flipped bit may panic, and what still reads is no larger than before.
    for index in 0..parquet.len() {
        let mut flipped = parquet.clone();
        flipped[index] ^= 1 << (index % 8);
        if let Ok(table) = read("t.parquet", flipped) {
            assert!(table.samples.len() <= 12, "byte {index}");
        }
    }
}

/// An array file as NumPy writes it.
fn npy(descr: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.bytes());
    bytes.extend(data);
    bytes
}

fn npz(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        zip.start_file(format!("{name}.npy"), SimpleFileOptions::default())
            .unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn reals(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

#[test]
fn archives_of_others_are_read() {
    let values = reals(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let table = read("t.npz", npz(&[("features", npy("<f8", "(2, 3)", &values))])).unwrap();
    assert_eq!(table.features, array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    assert_eq!(
        (table.columns.clone(), named(&table)),
        (
            vec!["f0".into(), "f1".into(), "f2".into()],
            vec!["1".into(), "2".into()]
        )
    );

    let labels = npy("<i8", "(2,)", &[1u64.to_le_bytes(), 0u64.to_le_bytes()].concat());
    let table = read(
        "t.npz",
        npz(&[
            ("label", labels),
            (
                "features",
                npy("<f4", "(2, 1)", &[0, 0, 0x80, 0x3f, 0, 0, 0, 0x40]),
            ),
        ]),
    );
    let table = table.unwrap();
    assert_eq!(table.features, array![[1.0], [2.0]]);
    assert_eq!(table.labels, [Some("1".to_owned()), Some("0".to_owned())]);
}

#[test]
fn hostile_archives_are_refused() {
    let one = reals(&[1.0]);
    let features = || ("features", npy("<f8", "(1, 1)", &one));
    let refused = |members: &[(&str, Vec<u8>)]| refusal("t.npz", npz(members));
    for (shape, expected) in [
        ("(1000000000, 1000)", "needs 8000000000000 bytes"),
        (
            "(18446744073709551615, 18446744073709551615)",
            "needs 18446744073709551615 bytes",
        ),
        ("(1,)", "expected two dimensions, found [1]"),
        ("(1, 0)", "no feature columns"),
        ("(0, 1)", "more data than the header says"),
        ("(2, 1)", "array \"features\": failed to fill whole buffer"),
    ] {
        let found = refused(&[("features", npy("<f8", shape, &one))]);
        assert!(found.contains(expected), "{shape}: {found}");
    }
    let found = refused(&[("features", npy("|O", "(1, 1)", &one))]);
    assert!(
        found.contains("Python objects, which cannot be read without running code; expected numbers or text"),
        "{found}"
    );
    let found = refused(&[("features", npy("<f8", &"(".repeat(4000), &one))]);
    assert!(
        found.contains("expected a plain array") && found.len() < 400,
        "{found}"
    );
    assert!(refused(&[("features", npy("<f8", &"(".repeat(5000), &one))]).contains("at most 4096 bytes"));
    assert_eq!(
        refused(&[("path", npy("<U1", "(1,)", &[65, 0, 0, 0]))]),
        "no array \"features\""
    );
    let found = refused(&[
        features(),
        ("path", npy("<U1", "(2,)", &[65, 0, 0, 0, 66, 0, 0, 0])),
    ]);
    assert!(
        found.contains("expected the shape [1] to match the features, found [2]"),
        "{found}"
    );
    let found = refused(&[features(), ("path", npy("<U1", "(1,)", &[0, 0xd8, 0, 0]))]);
    assert!(found.contains("0xd800 is no character"), "{found}");
    let found = refused(&[
        features(),
        ("columns", npy("<U4", "(1,)", b"p\0\0\0a\0\0\0t\0\0\0h\0\0\0")),
    ]);
    assert!(found.contains("expected names of features"), "{found}");
    let found = refused(&[("features", npy("<f8", "(1, 1)", &reals(&[f64::NAN])))]);
    assert_eq!(found, "row 1, column \"f0\": expected a finite number, found NaN");

    // A bomb: 128 MiB of zeros in 128 KiB.
    let zeros = npy("<f8", "(16777216, 1)", &vec![0; 128 << 20]);
    assert!(refused(&[("features", zeros)]).contains("expected at most"));

    let archive = npz(&[features()]);
    for length in 0..archive.len() {
        assert!(read("t.npz", &archive[..length]).is_err(), "{length}");
    }
    for index in 0..archive.len() {
        let mut flipped = archive.clone();
        flipped[index] ^= 0x15;
        // Bytes that no reader looks at may differ; a changed value may not go unseen.
        if let Ok(table) = read("t.npz", flipped) {
            assert_eq!(table.features, array![[1.0]], "byte {index}");
        }
    }
}

#[test]
fn both_orders_of_storage_are_read() {
    let values = reals(&[1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    let header = "{'descr': '<f8', 'fortran_order': True, 'shape': (2, 3), }\n";
    let mut fortran = b"\x93NUMPY\x01\x00".to_vec();
    fortran.extend((header.len() as u16).to_le_bytes());
    fortran.extend(header.bytes());
    fortran.extend(values);
    let table = read("t.npz", npz(&[("features", fortran)])).unwrap();
    assert_eq!(table.features, array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
}

/// What read_csv and to_csv of pandas make of a table, its row numbers included.
#[test]
fn integers_with_gaps_are_read_as_integers() {
    let table = read(
        "t.csv",
        ",path,label,source,width,height,jpeg_quality,resampling,error,f0\n\
         0,a,1.0,nan,128.0,64,75.0,0.0,,1\n\
         1,b,0.0,NULL,,<NA>,NaN,nan,NaN,2\n\
         2,NA,,x,None,None,nan,0.25,None,3\n",
    )
    .unwrap();
    let facts = |sample: &Sample| {
        let file = &sample.file;
        (file.width, file.height, file.jpeg_quality, file.resampling)
    };
    let found: Vec<_> = table.samples.iter().map(facts).collect();
    assert_eq!(
        found,
        [
            (Some(128), Some(64), Some(75), Some(0.0)),
            (None, None, None, None),
            (None, None, None, Some(0.25))
        ]
    );
    assert_eq!(named(&table), ["a", "b", "NA"]);
    assert_eq!(table.samples[1].source, None);
    assert_eq!(
        table.labels,
        [Some("1.0".to_owned()), Some("0.0".to_owned()), None]
    );
    assert_eq!((&table.columns[..], table.skipped), (&["f0".to_owned()][..], 0));
    assert_eq!(table.index_columns, [""]);

    let again = read("t.csv", "Unnamed: 0,path,width,f0\n0,a,128.0,1\n").unwrap();
    assert_eq!(
        (&again.columns[..], &again.index_columns[..]),
        (&["f0".to_owned()][..], &["Unnamed: 0".to_owned()][..])
    );

    let lines = read(
        "t.jsonl",
        "{\"path\":\"a\",\"width\":128.0,\"height\":\"64.0\",\"f0\":true}",
    )
    .unwrap();
    assert_eq!(lines.samples[0].file.size(), Some((128, 64)));
    assert_eq!(lines.features, array![[1.0]]);
}

#[test]
fn what_is_no_integer_is_named_with_its_place() {
    for (name, text, expected) in [
        (
            "t.csv",
            "path,width,f0\na,64.0,1\nb,128.5,1\n",
            "line 3 (row 2), column \"width\": expected a whole number from 0, found 128.5",
        ),
        (
            "t.csv",
            "path,jpeg_quality,f0\n\"a\nb\",64.0,1\nb,high,1\n",
            "line 4 (row 2), column \"jpeg_quality\": expected a whole number from 0, found \"high\"",
        ),
        (
            "t.jsonl",
            "{\"height\":-3,\"f0\":1}",
            "line 1 (row 1), column \"height\": expected a whole number from 0, found -3",
        ),
        (
            "t.csv",
            "resampling,f0\n0.75,1\n",
            "line 2 (row 1), column \"resampling\": expected a number from 0 to 0.5, found 0.75",
        ),
        (
            "t.csv",
            "split,f0\nsome,1\n",
            "line 2 (row 1), column \"split\": expected train, validation or test, found \"some\"",
        ),
    ] {
        assert_eq!(refusal(name, text), expected);
    }
}

#[test]
fn what_a_table_does_not_tell_is_listed() {
    let unknown = |text: &str| read("t.csv", text).unwrap().unknown;
    let all = [
        "width",
        "height",
        "format",
        "jpeg_quality",
        "subsampling",
        "resampling",
    ];
    assert_eq!(unknown("path,f0\na,1\n"), all);
    let head = "width,height,format,jpeg_quality,subsampling,resampling,f0\n";
    assert_eq!(unknown(&format!("{head},,,,,,1\n")), &all[..4]);
    assert_eq!(unknown(&format!("{head}8,8,jpeg,75,,,1\n,,,,,,2\n")), [""; 0]);
    assert_eq!(unknown(&format!("{head}8,8,jpeg,,,,1\n")), ["jpeg_quality"]);
    assert_eq!(unknown(&format!("{head}8,8,png,,,,1\n")), [""; 0]);
    assert_eq!(unknown("width,height,format,f0\n8,8,png,1\n"), ["resampling"]);
}

#[test]
fn archives_of_every_kind_of_number_are_read() {
    let half = [0x00, 0x3c, 0x00, 0xc0];
    for (descr, data, expected) in [
        ("<f2", &half[..], [1.0, -2.0]),
        (
            ">f8",
            &[1.0f64.to_be_bytes(), 2.5f64.to_be_bytes()].concat(),
            [1.0, 2.5],
        ),
        (
            "<u8",
            &[7u64.to_le_bytes(), u64::MAX.to_le_bytes()].concat(),
            [7.0, 18_446_744_073_709_551_615.0],
        ),
        (">i2", &[0xff, 0xff, 0, 3], [-1.0, 3.0]),
        ("|u1", &[0, 255], [0.0, 255.0]),
        ("|b1", &[0, 1], [0.0, 1.0]),
    ] {
        let labels = npy("|b1", "(2,)", &[1, 0]);
        let table = read(
            "t.npz",
            npz(&[("label", labels), ("features", npy(descr, "(2, 1)", data))]),
        );
        let table = table.unwrap();
        assert_eq!(table.features, array![[expected[0]], [expected[1]]], "{descr}");
        assert_eq!(table.labels, [Some("true".to_owned()), Some("false".to_owned())]);
    }
}

/// Whatever is quoted of a file, messages stay short.
#[test]
fn messages_about_hostile_tables_are_short() {
    let long = "x".repeat(1 << 20);
    for (name, text) in [
        ("t.csv", format!("{long},{long}\n")),
        ("t.csv", format!("{long}\nword\n")),
        ("t.csv", format!("f0\n{long}\n")),
        ("t.csv", format!("path,f0\n{long}\n")),
        ("t.csv", format!("width,f0\n{long},1\n")),
        ("t.csv", format!("split,f0\n{long},1\n")),
        ("t.csv", format!("recipe,f0\n{long},1\na,1\n")),
        ("t.jsonl", format!("{{\"{long}\":1}}\n{{\"{long}y\":1}}")),
        ("t.jsonl", format!("{{\"{long}\":1,\"{long}\":1}}")),
        ("t.jsonl", format!("{{\"f0\":\"{long}\"}}")),
        ("t.jsonl", long.clone()),
        ("t.npz", long.clone()),
        ("t.parquet", long.clone()),
    ] {
        let error = read(name, &text).unwrap_err().to_string();
        assert!(
            error.chars().count() < 500,
            "{name}: {} characters: {error:.600}",
            error.len()
        );
    }
    let error = read_features(Path::new(&format!("{}.txt", "x".repeat(4000)))).unwrap_err();
    assert!(error.to_string().chars().count() < 500 && error.to_string().contains(".txt"));
}
