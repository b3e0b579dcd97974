//! Tables of a page.

use maud::{Markup, html};

use crate::Align;
use crate::data_summary::{DataSummary, Extent, SourceSummary};

/// A table whose first column names its rows.
pub struct HtmlTable {
    caption: String,
    columns: Vec<(String, Align)>,
    rows: Vec<Vec<String>>,
    head: bool,
}

impl HtmlTable {
    /// A table with these columns.
    pub fn new(caption: &str, columns: &[(&str, Align)]) -> Self {
        let columns = columns.iter().map(|(name, align)| ((*name).to_owned(), *align));
        Self {
            caption: caption.to_owned(),
            columns: columns.collect(),
            rows: Vec::new(),
            head: true,
        }
    }

    /// Without names of columns, where the rows say enough.
    pub fn without_head(mut self) -> Self {
        self.head = false;
        self
    }

    /// Adds a row, one value a column.
    pub fn row<T: ToString>(&mut self, values: impl IntoIterator<Item = T>) {
        self.rows
            .push(values.into_iter().map(|value| value.to_string()).collect());
    }

    /// The table, which scrolls by itself where it is too wide.
    pub fn html(&self) -> Markup {
        let class = |index: usize| match self.columns.get(index) {
            Some((_, Align::Right)) => Some("number"),
            _ => None,
        };
        html! {
            div.scroll tabindex="0" role="region" aria-label=(self.caption) {
                table class=[(!self.head).then_some("facts")] {
                    caption { (self.caption) }
                    @if self.head {
                        thead { tr {
                            @for (index, (name, _)) in self.columns.iter().enumerate() {
                                @if name.is_empty() { td {} } @else { th scope="col" class=[class(index)] { (name) } }
                            }
                        } }
                    }
                    tbody {
                        @for row in &self.rows {
                            tr {
                                @for (index, value) in row.iter().enumerate() {
                                    @if index == 0 { th scope="row" class=[class(index)] { (value) } }
                                    @else { td class=[class(index)] { (value) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Sources listed, of more.
const SOURCES: usize = 60;

/// The images by class and source.
pub fn data_summary(summary: &DataSummary) -> Markup {
    let mut table = HtmlTable::new(
        "Images by class and source",
        &[
            ("class and source", Align::Left),
            ("images", Align::Right),
            ("size in pixels", Align::Left),
            ("format", Align::Left),
            ("JPEG quality, about", Align::Left),
        ],
    );
    for each in summary.sources.iter().take(SOURCES) {
        let name = each.source.iter().map(|source| format!(": {source}"));
        let name: String = std::iter::once(each.label.to_string()).chain(name).collect();
        table.row([
            name,
            each.images.to_string(),
            sizes(each),
            formats(each),
            each.jpeg_quality.map_or_else(|| "unknown".to_owned(), extent),
        ]);
    }
    html! {
        (table.html())
        @if summary.sources.len() > SOURCES {
            p.muted { "The first " (SOURCES) " of " (summary.sources.len()) " sources are shown." }
        }
        @if differs(summary) {
            p { strong { "Take care: " }
                "the two classes differ in size, format or JPEG quality. A detector can learn that difference instead of \
                 a generator's traces, and the figures below cannot tell." }
        }
    }
}

fn sizes(source: &SourceSummary) -> String {
    let all = source.sizes.iter().map(
        |size| match source.sizes.len().saturating_add(source.other_sizes) {
            1 => format!("{}\u{a0}×\u{a0}{}", size.width, size.height),
            _ => format!("{}\u{a0}×\u{a0}{} ({})", size.width, size.height, size.images),
        },
    );
    let others = (source.other_sizes > 0).then(|| format!("{} other sizes", source.other_sizes));
    listed(all.chain(others))
}

fn formats(source: &SourceSummary) -> String {
    let all = source
        .formats
        .iter()
        .map(|(format, images)| match source.formats.len() {
            1 => format.clone(),
            _ => format!("{format} ({images})"),
        });
    listed(all)
}

fn listed(all: impl Iterator<Item = String>) -> String {
    let text = all.collect::<Vec<_>>().join(", ");
    if text.is_empty() {
        "unknown".to_owned()
    } else {
        text
    }
}

fn extent(Extent { min, median, max }: Extent) -> String {
    if min == max {
        min.to_string()
    } else {
        format!("{min} to {max}, half below {median}")
    }
}

/// Whether the most frequent size, the formats or the middle quality of any two sources of different classes differ.
fn differs(summary: &DataSummary) -> bool {
    let facts = |source: &SourceSummary| {
        (
            source.sizes.first().map(|size| (size.width, size.height)),
            source.formats.keys().cloned().collect::<Vec<_>>(),
            source.jpeg_quality.map(|quality| quality.median),
        )
    };
    let of = |fake: bool| {
        let sources = summary
            .sources
            .iter()
            .filter(move |source| source.label.is_fake() == fake);
        sources.map(facts)
    };
    of(false).any(|real| of(true).any(|fake| fake != real))
}
