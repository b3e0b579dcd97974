//! Which images belong together: by folder, by name, or as a manifest says.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use regex::Regex;

use super::DatasetError;
use dftective_sample::{Sample, path_text};

/// How images are put into groups, such as the frames of a video.
///
/// As text: `column`, `folder`, or `pattern:` and a regular expression.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum GroupBy {
    /// By the column `group` of a manifest or a feature table; an image without a value there is a group of its own.
    Column,
    /// By the folder an image lies in.
    Folder,
    /// By what the only capture group of a regular expression finds in the file's name (not in its folder): with
    /// `^(\d+_\d+)_`, `033_097_0001.png` is of group `033_097`.
    Pattern(Regex),
}

impl GroupBy {
    /// Gives each sample its group, from its name or its value in the column.
    ///
    /// # Errors
    /// Names that the pattern does not fit, a column without any value; no sample is changed then.
    pub fn apply(&self, samples: &mut [Sample]) -> Result<(), DatasetError> {
        let groups: Vec<Option<String>> = match self {
            Self::Column if samples.iter().all(|sample| sample.group.is_none()) => {
                return Err(DatasetError::NoGroups);
            }
            Self::Column => return Ok(()),
            Self::Folder => {
                let folder = |sample: &Sample| Path::new(&sample.name()).parent().map(path_text);
                samples.iter().map(folder).collect()
            }
            Self::Pattern(pattern) => {
                let found = |sample: &Sample| found_in(pattern, &sample.name());
                let groups: Vec<Option<String>> = samples.iter().map(found).collect();
                if let Some(first) = groups.iter().position(Option::is_none) {
                    return Err(DatasetError::NoMatch {
                        pattern: pattern.to_string(),
                        path: samples[first].name(),
                        names: groups.iter().filter(|group| group.is_none()).count(),
                    });
                }
                groups
            }
        };
        for (sample, group) in samples.iter_mut().zip(groups) {
            sample.group = group;
        }
        Ok(())
    }
}

fn found_in(pattern: &Regex, path: &str) -> Option<String> {
    let name = Path::new(path).file_name()?.to_str()?;
    Some(pattern.captures(name)?.get(1)?.as_str().to_owned())
}

/// The last line of the parser's drawing says what is wrong.
fn unreadable(error: &regex::Error) -> DatasetError {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    DatasetError::Pattern {
        cause: last.trim_start_matches("error: ").to_owned(),
    }
}

impl fmt::Display for GroupBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Column => f.write_str("column"),
            Self::Folder => f.write_str("folder"),
            Self::Pattern(pattern) => write!(f, "pattern:{pattern}"),
        }
    }
}

impl FromStr for GroupBy {
    type Err = DatasetError;

    fn from_str(text: &str) -> Result<Self, DatasetError> {
        match (text, text.strip_prefix("pattern:")) {
            ("column", _) => Ok(Self::Column),
            ("folder", _) => Ok(Self::Folder),
            (_, Some(pattern)) => {
                // Patterns come from whoever runs the program; matching takes time linear in the name.
                let pattern = Regex::new(pattern).map_err(|error| unreadable(&error))?;
                match pattern.captures_len() - 1 {
                    1 => Ok(Self::Pattern(pattern)),
                    found => Err(DatasetError::Captures { found }),
                }
            }
            _ => Err(DatasetError::UnknownGrouping {
                found: text.to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn groups(by: &str, paths: &[&str], column: &[Option<&str>]) -> Result<Vec<Option<String>>, String> {
        let sample = |(path, group): (&&str, &Option<&str>)| Sample {
            group: group.map(str::to_owned),
            ..Sample::new(PathBuf::from(path))
        };
        let mut samples: Vec<Sample> = paths.iter().zip(column).map(sample).collect();
        let by: GroupBy = by.parse().map_err(|error: DatasetError| error.to_string())?;
        assert_eq!(
            by.to_string().parse::<GroupBy>().unwrap().to_string(),
            by.to_string()
        );
        by.apply(&mut samples).map_err(|error| error.to_string())?;
        Ok(samples.into_iter().map(|sample| sample.group).collect())
    }

    #[test]
    fn by_folder_name_or_column() {
        let paths = [
            "a/fake/033_097/1.png",
            "a/fake/033_097/2.png",
            "a/real/033_097/1.png",
        ];
        let named = |names: [&str; 3]| Ok(names.map(|name| Some(name.to_owned())).to_vec());
        assert_eq!(
            groups("folder", &paths, &[None; 3]),
            named(["a/fake/033_097", "a/fake/033_097", "a/real/033_097"])
        );
        // The name only: folders with digits do not match.
        assert_eq!(
            groups("pattern:^([0-9])", &paths, &[None; 3]),
            named(["1", "2", "1"])
        );
        let frames = ["9_9/033_097_0001.png", "9_9/033_097_0002.png", "9_9/1_2_3.png"];
        assert_eq!(
            groups(r"pattern:^(\d+_\d+)_", &frames, &[None; 3]),
            named(["033_097", "033_097", "1_2"])
        );
        let column = [Some("x"), None, Some("x")];
        let expected = column.map(|value| value.map(str::to_owned)).to_vec();
        assert_eq!(groups("column", &paths, &column), Ok(expected));
    }

    #[test]
    fn what_does_not_group_is_named() {
        let paths = ["a/1.png", "a/x.png", "a/2.png", "a/y.png"];
        for (by, cause) in [
            ("video", "expected column, folder or pattern:REGEX, found 'video'"),
            (
                "pattern:(",
                "the pattern is no regular expression: unclosed group",
            ),
            (r"pattern:^\d+", "needs one capture group ( ), found 0"),
            (r"pattern:(\d)(\d)", "needs one capture group ( ), found 2"),
            (
                r"pattern:^(\d)",
                "a/x.png: the name does not fit the pattern '^(\\d)' (names that do not: 2)",
            ),
            ("column", "no image has a group"),
        ] {
            let error = groups(by, &paths, &[None, None, None, None]).unwrap_err();
            assert!(error.contains(cause), "{error}");
        }
    }
}
