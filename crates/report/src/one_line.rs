//! Text from elsewhere, made fit for a terminal.

/// The text with its control characters escaped: file names may hold line breaks and terminal controls, which must
/// not forge lines of our own.
pub fn one_line(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            if c.is_control() {
                c.escape_default().collect()
            } else {
                vec![c]
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_controls_are_escaped() {
        assert_eq!(one_line("Größe\n\u{1b}[2J \u{9b}"), "Größe\\n\\u{1b}[2J \\u{9b}");
    }
}
