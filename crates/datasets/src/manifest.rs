//! CSV manifests: `path,label[,source][,group][,split]`.

use std::path::Path;

use super::archive::{Named, at};
use super::{DatasetError, Input, Unreadable};
use dftective_sample::Sample;
use dftective_sample::columns::{GROUP, LABEL, MANIFEST, PATH, SOURCE, SPLIT};

/// Reads a manifest. Paths are relative to its folder, and may name files in archives: `photos.zip!/holiday/1.jpg`. A row with an unknown label or without a path becomes an
/// unreadable input, and the rest goes on.
///
/// # Errors
/// [`DatasetError::Manifest`] when the file can't be read, is not CSV in UTF-8, lacks a column, or has one it
/// should not have.
pub fn read_manifest(path: &Path) -> Result<Vec<Input>, DatasetError> {
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
    if let Some(unknown) = names
        .iter()
        .find(|name| MANIFEST.iter().all(|column| column.name != **name))
    {
        let expected = MANIFEST.map(|column| column.name).join(", ");
        return Err(wrong(format!("unknown column '{unknown}' (expected {expected})")));
    }
    let column = |name: &str| names.iter().position(|found| *found == name);
    let required = |name: &str| column(name).ok_or_else(|| wrong(format!("there is no column '{name}'")));
    let (path_column, label_column) = (required(PATH.name)?, required(LABEL.name)?);
    let [source_column, group_column, split_column] = [SOURCE, GROUP, SPLIT].map(|spec| column(spec.name));
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut seen = std::collections::HashSet::new();
    let mut named = Named::default();
    reader
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
            let label = field(label_column).parse().map_err(DatasetError::from);
            let split = filled(split_column).map(|text| text.parse()).transpose();
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
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use dftective_sample::{Label, Split};

    fn read(text: &[u8]) -> Result<Vec<Input>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.csv");
        std::fs::write(&path, text).unwrap();
        read_manifest(&path).map_err(|error| error.to_string())
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
    fn bad_rows_stay_inputs() {
        let items = read(b"path,label\n1.jpg,fake\n2.jpg,synthetic\n,real\n1.jpg,fake\n").unwrap();
        assert!(items[0].is_ok());
        assert_eq!(
            items[1].as_ref().unwrap_err().cause.to_string(),
            "unknown label 'synthetic' (expected real or fake)"
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
            "unknown split 'some' (expected train, validation or test)"
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
}
