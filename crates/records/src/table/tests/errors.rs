use super::*;
use crate::table::TableError;

#[test]
fn names_must_differ_and_be_there() {
    let schema =
        |names: &[&str]| Schema::new(names.iter().map(|&name| Column::new(name, Kind::Text)).collect());
    assert!(matches!(schema(&["a", "b", "a"]), Err(TableError::DuplicateName { name }) if name == "a"));
    assert!(matches!(
        schema(&["a", ""]),
        Err(TableError::UnnamedColumn { column: 2 })
    ));
    assert!(matches!(schema(&[]), Err(TableError::NoColumns)));
    let twice = [("k".to_owned(), "1".to_owned()), ("k".to_owned(), "2".to_owned())];
    let writer = Writer::create(&Target::Stdout, Format::Csv, score_schema(), &twice);
    assert!(matches!(writer.err(), Some(TableError::DuplicateName { name }) if name == "k"));
}

#[test]
fn formats_are_told_by_name_and_extension() {
    for (name, format) in [
        ("csv", Format::Csv),
        ("jsonl", Format::JsonLines),
        ("parquet", Format::Parquet),
        ("npz", Format::Npz),
    ] {
        assert_eq!(name.parse::<Format>().unwrap(), format);
        assert_eq!(format.to_string(), name);
        assert_eq!(
            Format::from_path(Path::new(&format!("a.b.{}", name.to_uppercase()))).unwrap(),
            format
        );
    }
    assert_eq!(
        Format::from_path(Path::new("a.ndjson")).unwrap(),
        Format::JsonLines
    );
    assert!(matches!(
        "CSV".parse::<Format>(),
        Err(TableError::UnknownFormat { .. })
    ));
    for path in ["csv", "a.txt", ".csv"] {
        assert!(
            matches!(
                Format::from_path(Path::new(path)),
                Err(TableError::UnknownExtension { .. })
            ),
            "{path}"
        );
    }
}

/// A refused row leaves no trace, and the writer goes on.
#[test]
fn rows_that_do_not_fit_are_refused() {
    let rows = nasty_rows();
    for format in [Format::Csv, Format::JsonLines, Format::Parquet] {
        let folder = TempDir::new().unwrap();
        let out = folder.path().join("out");
        let mut writer = write_all(create(&out, format), &rows[..2]);
        let with = |column: usize, cell: Cell| {
            let mut row = rows[2].clone();
            row[column] = cell;
            row
        };
        let error = writer.write(&rows[2][1..]).unwrap_err().to_string();
        assert_eq!(error, "row 3: expected 6 cells, found 5");
        let error = writer.write(&with(4, Cell::Real(1.0))).unwrap_err().to_string();
        assert_eq!(
            error,
            "row 3, column \"width\": expected an integer, found a real number"
        );
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let error = writer.write(&with(1, Cell::Real(value))).unwrap_err().to_string();
            assert_eq!(
                error,
                format!("row 3, column \"score\": expected a finite number, found {value}")
            );
        }
        write_all(writer, &rows[2..]).finish().unwrap();
        assert!(std::fs::read(out).unwrap() == whole(format, &rows));
    }
}

#[test]
fn archives_need_trailing_reals_and_their_own_names() {
    let folder = TempDir::new().unwrap();
    let target = Target::File(folder.path().join("t.npz"));
    let create = |columns: &[(&str, Kind)]| {
        let columns = columns
            .iter()
            .map(|&(name, kind)| Column::new(name, kind))
            .collect();
        Writer::create(&target, Format::Npz, Schema::new(columns).unwrap(), &[]).err()
    };
    let error = create(&[("f0", Kind::Real), ("path", Kind::Text)]);
    assert!(matches!(error, Some(TableError::NoTrailingReals { last }) if last == "path"));
    let error = create(&[("features", Kind::Text), ("f0", Kind::Real)]);
    assert!(matches!(error, Some(TableError::ReservedName { name }) if name == "features"));
    assert!(
        create(&[
            ("path", Kind::Text),
            ("score", Kind::Real),
            ("n", Kind::Integer),
            ("f0", Kind::Real)
        ])
        .is_none()
    );
    let schema = Schema::new(vec![Column::new("f0", Kind::Real)]).unwrap();
    let resumed = Writer::resume(&target, Format::Npz, schema, &[]);
    assert!(matches!(resumed.err(), Some(TableError::NotResumable { .. })));
}

#[test]
fn only_lines_go_to_standard_output() {
    for format in [Format::Parquet, Format::Npz] {
        let schema = Schema::new(vec![Column::new("f0", Kind::Real)]).unwrap();
        let error = Writer::create(&Target::Stdout, format, schema, &[]).err();
        assert!(
            matches!(error, Some(TableError::NotStreamable { .. })),
            "{format}"
        );
    }
    let resumed = Writer::resume(&Target::Stdout, Format::Csv, score_schema(), &[]);
    assert!(matches!(resumed.err(), Some(TableError::NotResumable { .. })));
}

#[test]
fn a_missing_folder_is_named() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("missing").join("out.csv");
    for format in [Format::Csv, Format::JsonLines, Format::Parquet] {
        let error = Writer::create(&Target::File(out.clone()), format, score_schema(), &[])
            .err()
            .unwrap();
        assert!(error.to_string().contains("out.csv.partial"), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn a_full_device_is_an_error_that_names_it() {
    let target = Target::File("/dev/full".into());
    for format in [Format::Csv, Format::JsonLines] {
        // Short of the buffer, the error comes with the flush at the end.
        let mut writer = Writer::create(&target, format, score_schema(), &[]).unwrap();
        writer.write(&nasty_rows()[0]).unwrap();
        let error = writer.finish().unwrap_err();
        assert!(
            error.to_string().starts_with("/dev/full: could not write: "),
            "{error}"
        );
        assert!(!error.is_broken_pipe());

        // Beyond it, writing fails, and the table cannot be finished any more.
        let mut writer = Writer::create(&target, format, score_schema(), &[]).unwrap();
        let rows = nasty_rows();
        let error = rows
            .iter()
            .cycle()
            .take(10_000)
            .find_map(|row| writer.write(row).err())
            .unwrap();
        assert!(
            error.to_string().starts_with("/dev/full: could not write: "),
            "{error}"
        );
        assert!(matches!(writer.write(&rows[0]), Err(TableError::Failed { .. })));
        assert!(matches!(writer.finish(), Err(TableError::Failed { .. })));
    }
    let error = Writer::create(&target, Format::Parquet, score_schema(), &[]).err();
    assert!(matches!(error, Some(TableError::NotStreamable { .. })));
    assert!(!std::fs::exists("/dev/full.partial").unwrap());
}

#[cfg(target_os = "linux")]
#[test]
fn a_reader_that_has_gone_is_told_apart() {
    use std::io::Read;
    use std::os::fd::AsRawFd;

    for format in [Format::Csv, Format::JsonLines] {
        let (mut reader, pipe) = std::io::pipe().unwrap();
        let target = Target::File(format!("/proc/self/fd/{}", pipe.as_raw_fd()).into());
        let mut writer = Writer::create(&target, format, score_schema(), &[]).unwrap();
        writer.write(&nasty_rows()[0]).unwrap();
        assert_eq!(writer.finish().unwrap(), 1);
        let mut found = vec![0; whole(format, &nasty_rows()[..1]).len()];
        reader.read_exact(&mut found).unwrap();
        assert_eq!(found, whole(format, &nasty_rows()[..1]));

        let mut writer = Writer::create(&target, format, score_schema(), &[]).unwrap();
        drop((reader, pipe));
        writer.write(&nasty_rows()[0]).unwrap();
        assert!(writer.finish().unwrap_err().is_broken_pipe());
    }
}

/// Renaming over a link would replace the link and leave its target as it was.
#[cfg(unix)]
#[test]
fn links_are_followed() {
    let folder = TempDir::new().unwrap();
    let [target, link] = ["target", "link"].map(|name| folder.path().join(name));
    std::fs::write(&target, "old").unwrap();
    std::os::unix::fs::symlink(&target, &link).unwrap();
    create(&link, Format::Csv).finish().unwrap();
    assert_eq!(std::fs::read(&target).unwrap(), whole(Format::Csv, &[]));
    assert!(link.is_symlink());
}
