//! The columns of every table, declared once: for writing, reading, JSON and the documentation.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Unicode text.
    Text,
    /// A signed 64-bit integer.
    Integer,
    /// A finite 64-bit float.
    Real,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Integer => "an integer",
            Self::Real => "a real number",
        })
    }
}

/// A column of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnSpec {
    /// The name, which heads the column in every format.
    pub name: &'static str,
    /// Names that it had in earlier versions, which are still read.
    pub formerly: &'static [&'static str],
    /// What it holds.
    pub kind: Kind,
    /// Unit or range of a number, the words that may stand in a text; empty where there is none.
    pub unit: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

const fn column(name: &'static str, kind: Kind, unit: &'static str, meaning: &'static str) -> ColumnSpec {
    ColumnSpec {
        name,
        formerly: &[],
        kind,
        unit,
        meaning,
    }
}

/// The image's name.
pub const PATH: ColumnSpec = column(
    "path",
    Kind::Text,
    "",
    "the image as given or found; a byte of a file name that is not UTF-8 appears as `\\xNN`",
);
/// The image's class.
pub const LABEL: ColumnSpec = column(
    "label",
    Kind::Text,
    "`real`, `fake`",
    "the class, where it is known",
);
/// What made the image.
pub const SOURCE: ColumnSpec = column(
    "source",
    Kind::Text,
    "",
    "what made the image: a camera set, a generator",
);
/// What belongs together.
pub const GROUP: ColumnSpec = column(
    "group",
    Kind::Text,
    "",
    "images of one person, video or scene share one; no split parts them",
);
/// The published split.
pub const SPLIT: ColumnSpec = column(
    "split",
    Kind::Text,
    "`train`, `validation`, `test`",
    "the part of a published split that the image belongs to",
);
/// How the features were made.
pub const RECIPE: ColumnSpec = column(
    "recipe",
    Kind::Text,
    "",
    "how the features were made, the same in every row",
);
/// Width.
pub const WIDTH: ColumnSpec = column("width", Kind::Integer, "pixels", "width of the image");
/// Height.
pub const HEIGHT: ColumnSpec = column("height", Kind::Integer, "pixels", "height of the image");
/// Format.
pub const FORMAT: ColumnSpec = column(
    "format",
    Kind::Text,
    "",
    "the file's format, by its content, as `jpeg`",
);
/// JPEG quality.
pub const JPEG_QUALITY: ColumnSpec = column(
    "jpeg_quality",
    Kind::Integer,
    "1 to 100",
    "estimated quality of a JPEG",
);
/// Chroma subsampling.
pub const SUBSAMPLING: ColumnSpec = column(
    "subsampling",
    Kind::Text,
    "",
    "how a JPEG with colour stores its chroma, as `4:2:0`",
);
/// Trace of enlargement.
pub const RESAMPLING: ColumnSpec = column(
    "resampling",
    Kind::Real,
    "cycles per pixel",
    "frequency of a trace of enlargement, 0 where there is none; known of images of 64 pixels and more on either side",
);
/// Remarks.
pub const NOTES: ColumnSpec = column(
    "notes",
    Kind::Text,
    "",
    "what the decoder did or the detector doubts, joined by semicolons",
);
/// Why there is nothing.
pub const ERROR: ColumnSpec = column("error", Kind::Text, "", "why there is no answer, in words");
/// Why there is nothing, for programs.
pub const CODE: ColumnSpec = column(
    "code",
    Kind::Text,
    "see [error codes](error-codes.md)",
    "the error's code, which stays the same where its words change",
);
/// Calibrated score.
pub const SCORE: ColumnSpec = column("score", Kind::Real, "0 to 1", "calibrated probability of fake");
/// Decision value.
pub const MARGIN: ColumnSpec = column(
    "margin",
    Kind::Real,
    "by classifier",
    "the classifier's raw decision value, positive for fake",
);
/// Verdict.
pub const VERDICT: ColumnSpec = column(
    "verdict",
    Kind::Text,
    "`fake`, `real`, `uncertain`",
    "uncertain where deciding would be wrong more often than the detector was set to",
);
/// Whether the detector knows such images.
pub const OUT_OF_DOMAIN: ColumnSpec = ColumnSpec {
    formerly: &["outside"],
    ..column(
        "out_of_domain",
        Kind::Text,
        "`yes`, `no`",
        "whether the image is unlike those the detector was trained on, in size, shape, format, JPEG coding or enlargement, or its file is damaged or does not hold all of it",
    )
};

/// The columns of a manifest; the first two must be there, a file need not have the others.
pub const MANIFEST: [ColumnSpec; 5] = [PATH, LABEL, SOURCE, GROUP, SPLIT];

/// The columns of a feature table before the features, which are real numbers under the names of the families' features.
pub const FEATURE_TABLE: [ColumnSpec; 15] = [
    PATH,
    LABEL,
    SOURCE,
    GROUP,
    SPLIT,
    RECIPE,
    WIDTH,
    HEIGHT,
    FORMAT,
    JPEG_QUALITY,
    SUBSAMPLING,
    RESAMPLING,
    NOTES,
    ERROR,
    CODE,
];

/// The columns of a table of scores.
pub const SCORE_TABLE: [ColumnSpec; 11] = [
    PATH,
    SCORE,
    MARGIN,
    VERDICT,
    OUT_OF_DOMAIN,
    WIDTH,
    HEIGHT,
    FORMAT,
    NOTES,
    ERROR,
    CODE,
];

/// The columns as a table in Markdown, for the documentation.
pub fn markdown(columns: &[ColumnSpec]) -> String {
    let mut table = "| column | holds | unit or values | meaning |\n|---|---|---|---|\n".to_owned();
    for column in columns {
        let ColumnSpec {
            name,
            formerly,
            kind,
            unit,
            meaning,
        } = column;
        let formerly = match formerly {
            [] => String::new(),
            names => format!(" (formerly `{}`)", names.join("`, `")),
        };
        table.push_str(&format!("| `{name}`{formerly} | {kind} | {unit} | {meaning} |\n"));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `docs/columns.md` says what is declared here.
    #[test]
    fn the_documentation_has_these_columns() {
        let page = include_str!("../../../docs/columns.md");
        for (title, columns) in [
            ("Manifest", &MANIFEST[..]),
            ("Feature table", &FEATURE_TABLE[..]),
            ("Scores", &SCORE_TABLE[..]),
        ] {
            let section = format!("## {title}\n\n{}", markdown(columns));
            assert!(page.contains(&section), "docs/columns.md lacks:\n{section}");
        }
    }

    #[test]
    fn no_table_has_a_name_twice() {
        for columns in [&MANIFEST[..], &FEATURE_TABLE[..], &SCORE_TABLE[..]] {
            let mut names: Vec<_> = columns
                .iter()
                .flat_map(|column| std::iter::once(&column.name).chain(column.formerly))
                .collect();
            let all = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), all);
        }
    }
}
