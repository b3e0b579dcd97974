use std::fmt;

/// Where a row stands in its file. Positions of the same row are equal in every format.
#[derive(Debug, Clone, Copy)]
pub struct Position {
    /// The row, from 1; a header is not a row.
    pub row: u64,
    /// The line that it begins in, from 1, in formats of text.
    pub line: Option<u64>,
}

impl PartialEq for Position {
    fn eq(&self, other: &Self) -> bool {
        self.row == other.row
    }
}

/// As `row 2`, or `line 3 (row 2)`.
impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { row, line } = self;
        match line {
            Some(line) => write!(f, "line {line} (row {row})"),
            None => write!(f, "row {row}"),
        }
    }
}
