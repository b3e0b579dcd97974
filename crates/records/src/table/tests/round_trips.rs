use std::fs::File;

use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ::parquet::record::Field;
use proptest::prelude::*;

use super::*;
use crate::table::read_features;

/// The rows as `format` shows them: CSV cannot tell an empty text from a null.
fn as_in(format: Format, rows: &[Vec<Cell>]) -> Vec<Vec<Cell>> {
    let cell = |cell: &Cell| match cell {
        Cell::Text(text) if text.is_empty() && format == Format::Csv => Cell::Null,
        Cell::Text(text) => Cell::Text(text.replace('\0', "\u{fffd}")),
        other => other.clone(),
    };
    rows.iter().map(|row| row.iter().map(cell).collect()).collect()
}

/// Writes the rows, interrupts, and reads back what was kept. Compared as text, which tells −0 from 0.
fn check_round_trip(format: Format, schema: &Schema, rows: &[Vec<Cell>]) {
    let folder = TempDir::new().unwrap();
    let target = Target::File(folder.path().join("out"));
    let mut writer =
        Writer::create_grouped(&target, format, schema.clone(), &metadata(), ROWS_PER_GROUP).unwrap();
    rows.iter().for_each(|row| writer.write(row).unwrap());
    writer.suspend().unwrap();
    let (_, kept) =
        Writer::resume_grouped(&target, format, schema.clone(), &metadata(), ROWS_PER_GROUP).unwrap();
    assert_eq!(kept.rows(), rows.len() as u64);
    let names: Vec<_> = schema
        .columns()
        .iter()
        .map(|column| column.name.as_str())
        .collect();
    let found: Vec<_> = kept.iter(&names).unwrap().collect::<Result<_, _>>().unwrap();
    assert_eq!(format!("{found:?}"), format!("{:?}", as_in(format, rows)));
}

#[test]
fn nasty_rows_come_back() {
    for format in [Format::Csv, Format::JsonLines, Format::Parquet] {
        check_round_trip(format, &score_schema(), &nasty_rows());
    }
}

#[test]
fn a_single_column_of_nulls_comes_back() {
    let schema = Schema::new(vec![Column::new("only", Kind::Text)]).unwrap();
    for format in [Format::Csv, Format::JsonLines, Format::Parquet] {
        check_round_trip(
            format,
            &schema,
            &[vec![Cell::Null], vec![text("x")], vec![Cell::Null]],
        );
    }
}

fn any_row() -> impl Strategy<Value = Vec<Cell>> {
    let finite = any::<f64>().prop_filter("finite", |value| value.is_finite());
    let text = prop_oneof![any::<String>(), "[a\",\r\n\0é]{0,6}"];
    let cell = |value: Option<Cell>| value.unwrap_or(Cell::Null);
    let text = proptest::option::of(text.prop_map(Cell::Text)).prop_map(cell);
    let integer = proptest::option::of(any::<i64>().prop_map(Cell::Integer)).prop_map(cell);
    let real = proptest::option::of(finite.prop_map(Cell::Real)).prop_map(cell);
    (text.clone(), real.clone(), real, text.clone(), integer, text).prop_map(
        |(path, score, margin, verdict, width, error)| vec![path, score, margin, verdict, width, error],
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_rows_come_back(rows in proptest::collection::vec(any_row(), 0..14)) {
        for format in [Format::Csv, Format::JsonLines, Format::Parquet] {
            check_round_trip(format, &score_schema(), &rows);
        }
    }
}

/// Other readers than ours find the same fields in every format.
#[test]
fn formats_carry_the_same_fields() {
    let rows = nasty_rows();
    let show = |cell: &Cell| match cell {
        Cell::Null => String::new(),
        Cell::Text(text) => text.clone(),
        Cell::Integer(value) => value.to_string(),
        Cell::Real(value) => format!("{value:?}"),
    };
    let expected: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(show).collect()).collect();

    let csv = whole(Format::Csv, &rows);
    let mut reader = ::csv::Reader::from_reader(csv.as_slice());
    assert_eq!(
        reader.headers().unwrap(),
        vec!["path", "score", "margin", "verdict", "width", "error"]
    );
    let as_shown = |field: (usize, &str)| match (field.0, field.1) {
        (1 | 2, real) if !real.is_empty() => format!("{:?}", real.parse::<f64>().unwrap()),
        (_, other) => other.to_owned(),
    };
    let found: Vec<Vec<String>> = reader
        .records()
        .map(|record| record.unwrap().iter().enumerate().map(as_shown).collect())
        .collect();
    assert_eq!(found, expected);

    let json = String::from_utf8(whole(Format::JsonLines, &rows)).unwrap();
    let show_json = |value: &serde_json::Value| match value {
        serde_json::Value::Null => String::new(),
        serde_json::Value::String(text) => text.clone(),
        number if number.is_f64() => format!("{:?}", number.as_f64().unwrap()),
        number => number.to_string(),
    };
    for (line, expected) in json.lines().zip(&expected) {
        let object: serde_json::Value = serde_json::from_str(line).unwrap();
        let names = ["path", "score", "margin", "verdict", "width", "error"];
        assert_eq!(&names.map(|name| show_json(&object[name])).to_vec(), expected);
    }
    assert_eq!(json.lines().count(), rows.len());

    let parquet = SerializedFileReader::new(bytes(whole(Format::Parquet, &rows))).unwrap();
    let groups = parquet
        .metadata()
        .row_groups()
        .iter()
        .map(|group| group.num_rows());
    assert_eq!(groups.collect::<Vec<_>>(), [5, 5, 2]);
    let show_parquet = |field: &Field| match field {
        Field::Null => String::new(),
        Field::Str(text) => text.clone(),
        Field::Long(value) => value.to_string(),
        Field::Double(value) => format!("{value:?}"),
        other => panic!("{other:?}"),
    };
    let found = parquet.get_row_iter(None).unwrap();
    let found: Vec<Vec<String>> = found
        .map(|row| {
            row.unwrap()
                .get_column_iter()
                .map(|(_, field)| show_parquet(field))
                .collect()
        })
        .collect();
    assert_eq!(found, expected);
    let pairs = parquet.metadata().file_metadata().key_value_metadata().unwrap();
    let pairs: Vec<_> = pairs
        .iter()
        .map(|pair| (pair.key.clone(), pair.value.clone().unwrap()))
        .collect();
    assert_eq!(pairs, metadata());
}

fn bytes(bytes: Vec<u8>) -> File {
    use std::io::Write;
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&bytes).unwrap();
    file
}

#[test]
fn reals_have_the_same_digits_in_csv_and_json() {
    let row = [
        text("p"),
        Cell::Real(0.1),
        Cell::Real(1e-7),
        Cell::Null,
        Cell::Null,
        Cell::Null,
    ]
    .to_vec();
    let csv = whole(Format::Csv, std::slice::from_ref(&row));
    let json = whole(Format::JsonLines, &[row]);
    assert_eq!(csv, b"path,score,margin,verdict,width,error\np,0.1,1e-7,,,\n");
    assert_eq!(
        json,
        b"{\"path\":\"p\",\"score\":0.1,\"margin\":1e-7,\"verdict\":null,\"width\":null,\"error\":null}\n"
    );
}

/// All four formats give the same feature table, which is the one that was written.
#[test]
fn feature_tables_come_back_from_every_format() {
    let folder = TempDir::new().unwrap();
    let text_columns =
        ["path", "label", "source", "group", "recipe"].map(|name| Column::new(name, Kind::Text));
    let mut columns = text_columns.to_vec();
    columns.push(Column::new("width", Kind::Integer));
    columns.push(Column::new("error", Kind::Text));
    columns.extend((0..300).map(|index| Column::new(format!("radial[{index}]"), Kind::Real)));
    let schema = Schema::new(columns).unwrap();
    let row = |index: usize| {
        let is_bad = index == 3;
        let mut row: Vec<_> = [&format!("a,\n\"{index}\" 😀"), "real", "camera", "g1", "radial"]
            .map(text)
            .to_vec();
        row.push(if is_bad { Cell::Null } else { Cell::Integer(640) });
        row.push(if is_bad { text("cut short") } else { Cell::Null });
        let value = |column| {
            if is_bad {
                Cell::Null
            } else {
                Cell::Real((index * 300 + column) as f64 / 7.0)
            }
        };
        row.extend((0..300).map(value));
        row
    };
    let mut tables = Vec::new();
    for name in ["t.csv", "t.jsonl", "t.parquet", "t.npz"] {
        let out = folder.path().join(name);
        let format = Format::from_path(&out).unwrap();
        let mut writer =
            Writer::create(&Target::File(out.clone()), format, schema.clone(), &metadata()).unwrap();
        (0..9).for_each(|index| writer.write(&row(index)).unwrap());
        assert_eq!(writer.finish().unwrap(), 9);
        let mut table = read_features(&out).unwrap();
        for (position, row) in table.positions.iter_mut().zip([1, 2, 3, 5, 6, 7, 8, 9]) {
            assert_eq!(position.row, row);
            // Only text has lines; a name with a line break in it takes two, after the header of CSV.
            let line = match format {
                Format::Csv => Some(2 * row),
                Format::JsonLines => Some(row),
                _ => None,
            };
            assert_eq!(position.line.take(), line, "{name}");
        }
        tables.push(table);
    }
    let table = &tables[0];
    assert_eq!(table.features.dim(), (8, 300));
    assert_eq!((table.skipped, table.recipe.as_deref()), (1, Some("radial")));
    assert_eq!(table.columns[299], "radial[299]");
    assert_eq!(table.samples[3].name(), "a,\n\"4\" 😀");
    assert_eq!(table.labels, vec![Some("real".to_owned()); 8]);
    assert_eq!(table.features[[3, 7]], (4 * 300 + 7) as f64 / 7.0);
    assert!(tables.iter().all(|other| other == table));
    assert_eq!(names(folder.path()), ["t.csv", "t.jsonl", "t.npz", "t.parquet"]);
}

#[test]
fn the_same_rows_make_the_same_bytes() {
    for format in [Format::Csv, Format::JsonLines, Format::Parquet] {
        assert_eq!(whole(format, &nasty_rows()), whole(format, &nasty_rows()));
    }
}
