//! CSV manifests: `path,label[,source][,group][,split]`.

use std::path::Path;

use super::archive::{Named, at};
use super::one_label::check_one_label;
use super::{DatasetError, Input, Unreadable};
use dftective_sample::columns::{GROUP, LABEL, MANIFEST, PATH, SOURCE, SPLIT};
use dftective_sample::{LabelWords, Sample, short};

/// Reads a manifest. Paths are relative to its folder, and may name files in archives: `photos.zip!/holiday/1.jpg`; `words` say
/// which labels mean what. A row with an unknown label or without a path becomes an unreadable input, and the rest goes on.
///
/// # Errors
/// [`DatasetError::Manifest`] when the file can't be read, is not CSV in UTF-8, lacks a column, or has one it
/// should not have; [`DatasetError::BothLabels`] for a file that is listed as real and as fake.
pub fn read_manifest(path: &Path, words: &LabelWords) -> Result<Vec<Input>, DatasetError> {
    let wrong = |cause: String| DatasetError::Manifest {
        path: path.to_path_buf(),
        cause,
    };
    let mut reader = csv::Reader::from_path(path).map_err(|error| wrong(error.to_string()))?;
    let header = reader
        .headers()
        .map_err(|error| wrong(error.to_string()))?
        .clone();
    let names: Vec<&str> = header
        .iter()
        .map(|name| name.trim_start_matches('\u{feff}').trim())
        .collect();
    // pandas and R write row numbers under an empty name.
    let is_known = |(place, name): (usize, &&str)| {
        MANIFEST.iter().any(|column| column.name == *name) || (place == 0 && name.is_empty())
    };
    if let Some((_, unknown)) = names.iter().enumerate().find(|column| !is_known(*column)) {
        let expected = MANIFEST.map(|column| column.name).join(", ");
        return Err(wrong(format!(
            "unknown column '{}' (expected {expected})",
            short(unknown)
        )));
    }
    let column = |name: &str| names.iter().position(|found| *found == name);
    let required = |name: &str| column(name).ok_or_else(|| wrong(format!("there is no column '{name}'")));
    let (path_column, label_column) = (required(PATH.name)?, required(LABEL.name)?);
    let [source_column, group_column, split_column] = [SOURCE, GROUP, SPLIT].map(|spec| column(spec.name));
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut seen = std::collections::HashSet::new();
    let mut named = Named::default();
    let inputs: Vec<Input> = reader
        .records()
        .map(|record| {
            let record = record.map_err(|error| wrong(error.to_string()))?;
            let line = record.position().map_or(0, csv::Position::line);
            let field = |column: usize| record.get(column).unwrap_or_default();
            let filled = |column: Option<usize>| {
                column
                    .map(field)
                    .filter(|text| !text.is_empty())
                    .map(str::to_owned)
            };
            let path = folder.join(field(path_column));
            let repeated = !seen.insert(path.clone());
            let (found, missing) = match at(&mut named, path) {
                Ok(sample) => (sample, None),
                Err(unreadable) => {
                    let Unreadable { sample, cause } = *unreadable;
                    (sample, Some(cause))
                }
            };
            let sample = Sample {
                source: filled(source_column),
                group: filled(group_column),
                repeated,
                ..found
            };
            let unreadable = |sample, cause| Err(Box::new(Unreadable { sample, cause }));
            if field(path_column).is_empty() {
                return Ok(unreadable(sample, DatasetError::NoPath { line }));
            }
            let label = words
                .label(field(label_column))
                .map_err(|source| DatasetError::Label { line, source });
            let split = filled(split_column)
                .map(|text| text.parse())
                .transpose()
                .map_err(|source| DatasetError::Split { line, source });
            let (label, split) = match label.and_then(|label| Ok((label, split?))) {
                Ok(known) => known,
                Err(cause) => return Ok(unreadable(sample, cause)),
            };
            let sample = Sample {
                label: Some(label),
                split,
                ..sample
            };
            Ok(match missing {
                Some(cause) => unreadable(sample, cause),
                None => Ok(sample),
            })
        })
        .collect::<Result<_, _>>()?;
    check_one_label(&inputs)?;
    Ok(inputs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use dftective_sample::{Label, Split};

    fn read(text: &[u8]) -> Result<Vec<Input>, String> {
        read_with(text, &LabelWords::default())
    }

    fn read_with(text: &[u8], words: &LabelWords) -> Result<Vec<Input>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.csv");
        std::fs::write(&path, text).unwrap();
        read_manifest(&path, words).map_err(|error| error.to_string())
    }

    #[test]
    fn rows_become_samples() {
        let items =
            read(b"\xef\xbb\xbflabel,path,group\r\nfake,a/1.jpg,anna\r\nReal,\"b,2.jpg\",\r\n").unwrap();
        let first = items[0].as_ref().unwrap();
        assert!(first.origin.text().ends_with("a/1.jpg"));
        assert_eq!(
            (first.label, first.group.as_deref(), first.source.as_deref()),
            (Some(Label::Fake), Some("anna"), None)
        );
        let second = items[1].as_ref().unwrap();
        assert!(second.origin.text().ends_with("b,2.jpg"));
        assert_eq!((second.label, second.group.as_deref()), (Some(Label::Real), None));
    }

    #[test]
    fn row_numbers_of_pandas_are_passed_over() {
        let items = read(b",path,label\n0,1.jpg,real\n1,2.jpg,fake\n").unwrap();
        assert_eq!(items[1].as_ref().unwrap().label, Some(Label::Fake));
        assert!(
            read(b"path,,label\n1.jpg,0,real\n")
                .unwrap_err()
                .contains("unknown column ''")
        );
    }

    #[test]
    fn bad_rows_stay_inputs() {
        let items = read(b"path,label\n1.jpg,fake\n2.jpg,synthetic\n,real\n1.jpg,fake\n").unwrap();
        assert!(items[0].is_ok());
        assert_eq!(
            items[1].as_ref().unwrap_err().cause.to_string(),
            "line 3 of the manifest: unknown label 'synthetic' (expected real or fake); --labels gives other words a \
             meaning, as in --labels fake=1,real=0"
        );
        assert_eq!(
            items[2].as_ref().unwrap_err().cause.to_string(),
            "line 4 of the manifest has no path"
        );
        assert!(items[3].as_ref().unwrap().repeated);
    }

    #[test]
    fn a_row_s_split_is_kept_or_refused() {
        let rows = read(b"path,label,split\n1.jpg,fake,test\n2.jpg,real,\n3.jpg,real,some\n").unwrap();
        let splits: Vec<_> = rows.iter().flatten().map(|sample| sample.split).collect();
        assert_eq!(splits, [Some(Split::Test), None]);
        assert_eq!(
            rows[2].as_ref().unwrap_err().cause.to_string(),
            "line 4 of the manifest: unknown split 'some' (expected train, validation or test)"
        );
    }

    #[test]
    fn other_files_are_refused() {
        for (text, cause) in [
            (&b"path,class\n"[..], "unknown column 'class'"),
            (b"path\n1.jpg\n", "no column 'label'"),
            (b"", "no column 'path'"),
            (b"path,label\n1.jpg\n", "found record with 1 fields"),
            (b"path,label\n\xff,fake\n", "invalid UTF-8"),
        ] {
            let message = read(text).unwrap_err();
            assert!(message.contains(cause), "{message}");
        }
    }

    #[test]
    fn labels_are_read_by_the_meaning_given() {
        let text = b"path,label\n1.jpg,1\n2.jpg,0.0\n3.jpg,Spoof\n4.jpg,real\n5.jpg,2\n";
        let rows = read_with(text, &"fake=1,fake=spoof,real=0".parse().unwrap()).unwrap();
        let labels: Vec<_> = rows
            .iter()
            .flatten()
            .map(|sample| sample.label.unwrap())
            .collect();
        assert_eq!(labels, [Label::Fake, Label::Real, Label::Fake, Label::Real]);
        let cause = rows[4].as_ref().unwrap_err().cause.to_string();
        assert!(
            cause.starts_with("line 6 of the manifest: unknown label '2'"),
            "{cause}"
        );
        assert_eq!(read(text).unwrap().iter().flatten().count(), 1);
    }

    #[test]
    fn a_path_with_both_labels_is_refused() {
        for other in ["1.jpg", "./1.jpg", "x/../1.jpg"] {
            let folder = tempfile::tempdir().unwrap();
            std::fs::create_dir(folder.path().join("x")).unwrap();
            std::fs::write(folder.path().join("1.jpg"), "").unwrap();
            let path = folder.path().join("m.csv");
            std::fs::write(&path, format!("path,label\n1.jpg,fake\n{other},real\n")).unwrap();
            let error = read_manifest(&path, &LabelWords::default())
                .unwrap_err()
                .to_string();
            assert!(
                error.contains("1.jpg") && error.contains("fake") && error.contains("real"),
                "{error}"
            );
        }
        assert!(
            read(b"path,label\nnone.jpg,fake\nnone.jpg,real\n")
                .unwrap_err()
                .contains("none.jpg")
        );
    }

    #[test]
    fn messages_about_hostile_manifests_are_short() {
        let long = "x".repeat(1 << 20);
        for text in [
            format!("{long}\n"),
            format!("path,{long}\n"),
            format!("path,label\n{long}\n"),
        ] {
            assert!(read(text.as_bytes()).unwrap_err().chars().count() < 500);
        }
        let rows = read(format!("path,label,split\na,{long},\nb,real,{long}\n").as_bytes()).unwrap();
        for row in rows {
            assert!(row.unwrap_err().cause.to_string().chars().count() < 500);
        }
    }
}
