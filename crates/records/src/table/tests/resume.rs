use std::fs;
use std::path::PathBuf;

use super::*;
use crate::table::{Kept, TableError};

fn resume(out: &Path, format: Format) -> (Writer, Kept) {
    let target = Target::File(out.to_owned());
    Writer::resume_grouped(&target, format, score_schema(), &metadata(), ROWS_PER_GROUP).unwrap()
}

fn beside(out: &Path, suffix: &str) -> PathBuf {
    PathBuf::from(format!("{}{suffix}", out.display()))
}

/// Goes on and finishes; checks the kept paths and the final bytes.
fn complete(out: &Path, format: Format, rows: &[Vec<Cell>], kept_rows: usize, whole: &[u8], what: &str) {
    let (writer, kept) = resume(out, format);
    assert_eq!(kept.rows(), kept_rows as u64, "{what}");
    let paths: Vec<_> = kept
        .iter(&["path"])
        .unwrap()
        .map(|row| row.unwrap().remove(0))
        .collect();
    let path = |row: &Vec<Cell>| match &row[0] {
        Cell::Text(path) if path.is_empty() && format == Format::Csv => Cell::Null,
        path => path.clone(),
    };
    assert_eq!(
        paths,
        rows[..kept_rows].iter().map(path).collect::<Vec<_>>(),
        "{what}"
    );
    assert_eq!(
        write_all(writer, &rows[kept_rows..]).finish().unwrap(),
        rows.len() as u64
    );
    assert!(fs::read(out).unwrap() == whole, "{what}");
    assert_eq!(names(out.parent().unwrap()), ["out"], "{what}");
}

/// Cuts the partial file at every byte, clean and with the NULs a power cut leaves, and goes on.
#[test]
fn lines_resume_after_a_cut_anywhere() {
    let rows = nasty_rows();
    for format in [Format::Csv, Format::JsonLines] {
        let lengths: Vec<_> = (0..=rows.len())
            .map(|count| whole(format, &rows[..count]).len())
            .collect();
        let whole = whole(format, &rows);
        for cut in 0..=whole.len() {
            let kept_rows = lengths.iter().rposition(|&length| length <= cut).unwrap_or(0);
            let torn = [&[0; 9][..], b"\0\0\n\0", b"\xff\xfe"][cut % 3];
            // Every seventh cut meets every tail, as seven and three have no common factor.
            for tail in [&[], torn].into_iter().take(1 + usize::from(cut % 7 == 0)) {
                let folder = TempDir::new().unwrap();
                let out = folder.path().join("out");
                drop(create(&out, format));
                fs::write(beside(&out, ".partial"), [&whole[..cut], tail].concat()).unwrap();
                complete(
                    &out,
                    format,
                    &rows,
                    kept_rows,
                    &whole,
                    &format!("{format} cut at {cut}, {tail:?}"),
                );
            }
        }
    }
}

/// Whoever goes on with a table can ask for its columns first.
#[test]
fn an_unfinished_table_tells_its_columns() {
    for format in [Format::Csv, Format::JsonLines, Format::Parquet] {
        let folder = TempDir::new().unwrap();
        let out = folder.path().join("out");
        let target = Target::File(out.clone());
        assert_eq!(Writer::unfinished_columns(&target).unwrap(), None, "{format}");
        drop(create(&out, format));
        let columns = Writer::unfinished_columns(&target).unwrap();
        assert_eq!(columns.as_deref(), Some(score_schema().columns()), "{format}");
        fs::write(beside(&out, ".partial.json"), "{").unwrap();
        let undescribed = Writer::unfinished_columns(&target);
        assert!(
            matches!(undescribed, Err(TableError::Undescribed { .. })),
            "{format}"
        );
    }
    assert_eq!(Writer::unfinished_columns(&Target::Stdout).unwrap(), None);
}

/// Lines that are no rows of the table end what is kept, even where a whole row follows.
#[test]
fn lines_that_are_no_rows_are_cut_off() {
    let rows = nasty_rows();
    for (format, row) in [(Format::Csv, "p,1,1,v,1,\n"), (Format::JsonLines, "{}\n")] {
        let lengths: Vec<_> = (0..=rows.len())
            .map(|count| whole(format, &rows[..count]).len())
            .collect();
        let whole = whole(format, &rows);
        for tail in [
            "\n",
            "\r\n",
            "x\n",
            "p,x,1,v,1,\n",
            "p,1,1,v,1\n",
            "p,1,1,v,1,,\n",
            "{\"path\":\"a\"}\n",
            "[]\n",
        ] {
            for (count, &length) in lengths.iter().enumerate() {
                let folder = TempDir::new().unwrap();
                let out = folder.path().join("out");
                drop(create(&out, format));
                let bytes = [&whole[..length], tail.as_bytes(), row.as_bytes()].concat();
                fs::write(beside(&out, ".partial"), bytes).unwrap();
                complete(
                    &out,
                    format,
                    &rows,
                    count,
                    &whole,
                    &format!("{format} row {count}, {tail:?}"),
                );
            }
        }
    }
}

#[test]
fn lines_resume_after_suspending_after_any_row() {
    let rows = nasty_rows();
    for format in [Format::Csv, Format::JsonLines] {
        let whole = whole(format, &rows);
        for count in 0..=rows.len() {
            let folder = TempDir::new().unwrap();
            let out = folder.path().join("out");
            let place = write_all(create(&out, format), &rows[..count]).suspend().unwrap();
            assert_eq!(place, Some(beside(&out, ".partial")));
            complete(
                &out,
                format,
                &rows,
                count,
                &whole,
                &format!("{format} after {count} rows"),
            );
        }
    }
}

#[test]
fn parquet_resumes_after_any_row() {
    let rows = nasty_rows();
    let whole = whole(Format::Parquet, &rows);
    for count in 0..=rows.len() {
        let folder = TempDir::new().unwrap();
        let out = folder.path().join("out");
        let place = write_all(create(&out, Format::Parquet), &rows[..count])
            .suspend()
            .unwrap();
        assert_eq!(place, Some(beside(&out, ".parts")));
        assert_eq!(
            names(&beside(&out, ".parts")).len(),
            count.div_ceil(ROWS_PER_GROUP)
        );
        complete(
            &out,
            Format::Parquet,
            &rows,
            count,
            &whole,
            &format!("suspended after {count} rows"),
        );

        drop(write_all(create(&out, Format::Parquet), &rows[..count]));
        let kept_rows = count / ROWS_PER_GROUP * ROWS_PER_GROUP;
        complete(
            &out,
            Format::Parquet,
            &rows,
            kept_rows,
            &whole,
            &format!("killed after {count} rows"),
        );
    }
}

/// A short part survives a kill that follows the resumption, and any number of interruptions.
#[test]
fn parquet_resumes_again_and_again() {
    let rows = nasty_rows();
    let whole = whole(Format::Parquet, &rows);
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("out");
    create(&out, Format::Parquet).suspend().unwrap();
    for (index, row) in rows.iter().enumerate() {
        let (mut killed, kept) = resume(&out, Format::Parquet);
        assert_eq!(kept.rows(), index as u64);
        killed.write(row).unwrap();
        drop(killed);
        // The row is kept where it filled a group, and lost to the kill otherwise.
        let (mut writer, kept) = resume(&out, Format::Parquet);
        if kept.rows() == index as u64 {
            writer.write(row).unwrap();
        }
        writer.suspend().unwrap();
    }
    complete(&out, Format::Parquet, &rows, rows.len(), &whole, "row by row");
}

#[test]
fn damaged_parts_are_made_again() {
    let rows = nasty_rows();
    let whole = whole(Format::Parquet, &rows);
    for (part, kept_rows) in [(0, 0), (1, 5), (2, 10)] {
        for length in [0, 3, 100] {
            let folder = TempDir::new().unwrap();
            let out = folder.path().join("out");
            write_all(create(&out, Format::Parquet), &rows).suspend().unwrap();
            let path = beside(&out, ".parts").join(format!("{part:05}.parquet"));
            fs::write(&path, &fs::read(&path).unwrap()[..length]).unwrap();
            complete(
                &out,
                Format::Parquet,
                &rows,
                kept_rows,
                &whole,
                &format!("part {part} cut to {length}"),
            );
        }
    }
}

#[test]
fn kept_rows_can_be_read_while_writing_goes_on() {
    let rows = nasty_rows();
    for format in [Format::Csv, Format::JsonLines, Format::Parquet] {
        let folder = TempDir::new().unwrap();
        let out = folder.path().join("out");
        write_all(create(&out, format), &rows[..7]).suspend().unwrap();
        let (writer, kept) = resume(&out, format);
        let _writer = write_all(writer, &rows[7..]);
        assert_eq!(
            kept.iter(&["width", "path"]).unwrap().map(Result::unwrap).count(),
            7
        );
        let last = kept.iter(&["width"]).unwrap().last().unwrap().unwrap();
        assert_eq!(last, [Cell::Integer(6)]);
        assert!(
            matches!(kept.iter(&["height"]), Err(TableError::UnknownColumn { name }) if name == "height")
        );
    }
}

#[test]
fn another_run_is_refused_and_nothing_is_lost() {
    for format in [Format::Csv, Format::JsonLines, Format::Parquet] {
        let folder = TempDir::new().unwrap();
        let out = folder.path().join("out");
        let place = write_all(create(&out, format), &nasty_rows()[..7])
            .suspend()
            .unwrap()
            .unwrap();
        let target = Target::File(out.clone());
        let refusal = |format, schema, metadata: &[(String, String)], group| {
            let resumed = Writer::resume_grouped(&target, format, schema, metadata, group);
            match resumed.err().unwrap() {
                TableError::Differs {
                    what,
                    expected,
                    found,
                    ..
                } => [what, expected, found].join(" | "),
                other => panic!("{other}"),
            }
        };
        let mut other = metadata();
        other[0].1 = "cd34".to_owned();
        assert_eq!(
            refusal(format, score_schema(), &other, ROWS_PER_GROUP),
            "fingerprint | Some(\"cd34\") | Some(\"ab12\")"
        );
        assert_eq!(
            refusal(format, score_schema(), &metadata()[..1], ROWS_PER_GROUP),
            "note | None | Some(\"\\\"é\\\"\")"
        );
        let mut columns = score_schema().columns().to_vec();
        columns[1].name = "scores".to_owned();
        let schema = Schema::new(columns).unwrap();
        assert!(refusal(format, schema, &metadata(), ROWS_PER_GROUP).starts_with("column 2 | "));
        let another = if format == Format::Csv {
            Format::JsonLines
        } else {
            Format::Csv
        };
        assert!(refusal(another, score_schema(), &metadata(), ROWS_PER_GROUP).starts_with("format | "));
        if format == Format::Parquet {
            assert!(refusal(format, score_schema(), &metadata(), 6).starts_with("number of rows"));
        }
        assert!(fs::exists(place).unwrap());
        assert_eq!(resume(&out, format).1.rows(), 7);
    }
}

#[test]
fn an_unfinished_table_without_description_is_refused() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("out");
    write_all(create(&out, Format::Csv), &nasty_rows())
        .suspend()
        .unwrap();
    fs::write(beside(&out, ".partial.json"), "{").unwrap();
    let target = Target::File(out.clone());
    let resumed = Writer::resume(&target, Format::Csv, score_schema(), &metadata());
    assert!(matches!(resumed.err(), Some(TableError::Undescribed { .. })));
    fs::remove_file(beside(&out, ".partial.json")).unwrap();
    let resumed = Writer::resume(&target, Format::Csv, score_schema(), &metadata());
    assert!(matches!(resumed.err(), Some(TableError::Undescribed { .. })));
}

#[test]
fn starting_afresh_removes_what_was_unfinished() {
    let rows = nasty_rows();
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("out");
    for before in [Format::Csv, Format::JsonLines, Format::Parquet] {
        for after in [Format::Csv, Format::JsonLines, Format::Parquet] {
            write_all(create(&out, before), &rows[..7]).suspend().unwrap();
            write_all(create(&out, after), &rows[..2]).finish().unwrap();
            assert_eq!(names(folder.path()), ["out"]);
            assert!(fs::read(&out).unwrap() == whole(after, &rows[..2]));
        }
    }
}

#[test]
fn the_old_table_stays_until_the_new_one_is_whole() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("out");
    for format in [Format::Csv, Format::JsonLines, Format::Parquet] {
        fs::write(&out, "old").unwrap();
        let writer = write_all(create(&out, format), &nasty_rows());
        assert_eq!(fs::read(&out).unwrap(), b"old");
        writer.finish().unwrap();
        assert_ne!(fs::read(&out).unwrap(), b"old");
    }
}
