mod errors;
mod foreign_parquet;
mod read;
mod resume;
mod round_trips;

use std::path::Path;

use tempfile::TempDir;

use super::{Cell, Column, Format, Kind, Schema, Target, Writer};

fn score_schema() -> Schema {
    let columns = [
        ("path", Kind::Text),
        ("score", Kind::Real),
        ("margin", Kind::Real),
        ("verdict", Kind::Text),
        ("width", Kind::Integer),
        ("error", Kind::Text),
    ];
    Schema::new(columns.map(|(name, kind)| Column::new(name, kind)).into()).unwrap()
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

/// Rows whose texts are what file systems allow and formats stumble over.
fn nasty_rows() -> Vec<Vec<Cell>> {
    let paths = [
        "plain.jpg",
        "a,b.jpg",
        "say \"cheese\".jpg",
        "\"",
        "two\nlines\r\nof, \"text\".jpg",
        "ends in newline\n",
        "😀 é 漢字.png",
        " spaces ",
        "back\\slash\t",
        "=1+1",
        "",
        "\r",
    ];
    let numbers = [
        0.0,
        -0.0,
        1.0,
        0.1 + 0.2,
        5e-324,
        1.797e308,
        -1e21,
        1e-7,
        0.5,
        123456789.125,
        1.0 / 3.0,
        -2.5,
    ];
    let row = |(index, (path, &number)): (usize, (&&str, &f64))| {
        let is_bad = index % 4 == 3;
        let real = |value| if is_bad { Cell::Null } else { Cell::Real(value) };
        vec![
            text(path),
            real(number),
            real(-number),
            if is_bad { Cell::Null } else { text("fake") },
            Cell::Integer(if index == 2 { i64::MIN } else { index as i64 }),
            if is_bad {
                text("cut \"short\",\nat byte 7")
            } else {
                Cell::Null
            },
        ]
    };
    paths.iter().zip(&numbers).enumerate().map(row).collect()
}

fn metadata() -> Vec<(String, String)> {
    vec![
        ("fingerprint".to_owned(), "ab12".to_owned()),
        ("note".to_owned(), "\"é\"".to_owned()),
    ]
}

/// Few enough rows a group that [`nasty_rows`] make three groups, the last one short.
const ROWS_PER_GROUP: usize = 5;

fn create(out: &Path, format: Format) -> Writer {
    let target = Target::File(out.to_owned());
    Writer::create_grouped(&target, format, score_schema(), &metadata(), ROWS_PER_GROUP).unwrap()
}

fn write_all(mut writer: Writer, rows: &[Vec<Cell>]) -> Writer {
    rows.iter().for_each(|row| writer.write(row).unwrap());
    writer
}

/// The bytes of an uninterrupted run.
fn whole(format: Format, rows: &[Vec<Cell>]) -> Vec<u8> {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("out");
    assert_eq!(
        write_all(create(&out, format), rows).finish().unwrap(),
        rows.len() as u64
    );
    assert_eq!(names(folder.path()), ["out"], "nothing is left beside the table");
    std::fs::read(out).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
