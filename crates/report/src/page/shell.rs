//! What every page has.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::HtmlTable;
use crate::draw::{Figure, STYLE};
use crate::{Align, one_line};
use dftective_sample::Failure;

const PAGE_STYLE: &str = include_str!("style.css");
/// A page may show the pictures and styles it holds, and nothing else.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";
/// Failures listed, of more.
const FAILURES: usize = 50;

/// A part of a page with a heading that links lead to.
pub struct Section {
    id: String,
    title: String,
    body: Markup,
}

/// A part of a page.
pub fn section(id: &str, title: &str, body: Markup) -> Section {
    Section {
        id: id.to_owned(),
        title: title.to_owned(),
        body,
    }
}

/// A whole page: title, what comes first, sections with links to them.
pub fn page(title: &str, lead: &Markup, sections: &[Section]) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="generator" content={ "dftective " (env!("CARGO_PKG_VERSION")) };
                meta name="color-scheme" content="light dark";
                title { (title) }
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) (PreEscaped(PAGE_STYLE)) }
            }
            body {
                a.skip href="#content" { "Skip to the content" }
                header {
                    h1 { (title) }
                    (lead)
                    nav aria-label="Contents" {
                        ul { @for section in sections { li { a href={ "#" (section.id) } { (section.title) } } } }
                    }
                }
                main id="content" {
                    @for section in sections {
                        section aria-labelledby=(section.id) {
                            h2 id=(section.id) { (section.title) }
                            (section.body)
                        }
                    }
                }
            }
        }
    }
    .into_string()
}

/// Figures beside each other where there is room.
pub fn figures<'a>(all: impl IntoIterator<Item = &'a Figure>) -> Markup {
    html! { div.figures { @for figure in all { (figure.html()) } } }
}

/// A small picture, a JPEG file in base64, or what stands for it.
pub(super) fn thumbnail(data: Option<&str>) -> Markup {
    html! {
        @match data {
            Some(data) => img alt="" src={ "data:image/jpeg;base64," (data) };,
            None => div.none aria-hidden="true" { "no picture" },
        }
    }
}

/// How a result can be had again.
pub struct Remake<'a> {
    /// The command line.
    pub command: &'a [String],
    /// What else must be known: name and value.
    pub facts: Vec<(&'static str, String)>,
}

/// Command, versions, seeds and fingerprints.
pub fn remake(Remake { command, facts }: &Remake) -> Markup {
    let mut table =
        HtmlTable::new("What it was made with", &[("", Align::Left), ("", Align::Left)]).without_head();
    for (name, value) in facts {
        table.row([(*name).to_owned(), value.clone()]);
    }
    html! {
        @if !command.is_empty() { pre { code { (command_line(command)) } } }
        (table.html())
    }
}

/// The arguments as a shell takes them.
fn command_line(command: &[String]) -> String {
    let quoted = command.iter().enumerate().map(|(index, argument)| {
        let argument = one_line(argument);
        // Where the program lay does not matter.
        if index == 0 {
            return "dftective".to_owned();
        }
        let is_plain = |c: char| c.is_alphanumeric() || "-_./=,:+@%".contains(c);
        if !argument.is_empty() && argument.chars().all(is_plain) {
            argument
        } else {
            format!("'{}'", argument.replace('\'', "'\\''"))
        }
    });
    quoted.collect::<Vec<_>>().join(" ")
}

/// What could not be used; `None` where all could.
pub fn failures(all: &[Failure]) -> Option<Section> {
    if all.is_empty() {
        return None;
    }
    let mut table = HtmlTable::new(
        &format!("{} inputs and why", all.len()),
        &[("input", Align::Left), ("reason", Align::Left)],
    );
    for failure in all.iter().take(FAILURES) {
        table.row([&failure.path, &failure.error]);
    }
    let body = html! {
        p { "These inputs have no part in the numbers." }
        (table.html())
        @if all.len() > FAILURES { p.muted { "The first " (FAILURES) " of " (all.len()) " are shown." } }
    };
    Some(section("failures", "Inputs that could not be used", body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_can_be_pasted() {
        let command = [
            "/usr/bin/dftective",
            "evaluate",
            "my data",
            "it's",
            "--model=m.st",
            "",
        ]
        .map(str::to_owned);
        assert_eq!(
            command_line(&command),
            "dftective evaluate 'my data' 'it'\\''s' --model=m.st ''"
        );
    }
}
