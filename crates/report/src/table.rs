//! Aligned tables for a terminal.

use std::fmt;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use super::one_line;

/// On which side of its column a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

/// A table of text: a header, a rule, rows. Columns are as wide as their widest value, two spaces apart, and
/// lines have no trailing spaces, so that the output can be compared and pasted.
pub struct TextTable(Table);

impl TextTable {
    /// A table with these columns.
    pub fn new(columns: &[(&str, Align)]) -> Self {
        let mut table = Table::new();
        table
            .load_style(presets::NOTHING)
            .set_header(columns.iter().map(|(name, _)| *name));
        for (column, (_, align)) in table.column_iter_mut().zip(columns) {
            column.set_padding((0, 2)).set_cell_alignment(match align {
                Align::Left => CellAlignment::Left,
                Align::Right => CellAlignment::Right,
            });
        }
        Self(table)
    }

    /// Breaks long values so that no line is wider than `width` characters.
    pub fn wrapped_to(mut self, width: u16) -> Self {
        self.0
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(width);
        self
    }

    /// Adds a row, one value a column, as [`one_line`].
    pub fn row<T: fmt::Display>(&mut self, values: impl IntoIterator<Item = T>) {
        self.0
            .add_row(values.into_iter().map(|value| one_line(&value.to_string())));
    }
}

impl fmt::Display for TextTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, line) in self.0.lines().enumerate() {
            let line = line.trim_end();
            writeln!(f, "{line}")?;
            if number == 0 {
                let width = self
                    .0
                    .lines()
                    .map(|line| line.trim_end().chars().count())
                    .max()
                    .unwrap_or(0);
                writeln!(f, "{}", "─".repeat(width))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let mut table = TextTable::new(&[
            ("name", Align::Left),
            ("AUC", Align::Right),
            ("note", Align::Left),
        ]);
        table.row(["svm", "0.9", "Größe"]);
        table.row(["logistic", "0.951", ""]);
        let expected = "\
name        AUC  note
─────────────────────
svm         0.9  Größe
logistic  0.951
";
        assert_eq!(
            table.to_string(),
            expected.replace("─────────────────────", &"─".repeat(22))
        );
    }
}
