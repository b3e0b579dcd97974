//! A drawing with all that is said of it.

use base64::prelude::{BASE64_STANDARD, Engine};
use maud::{Markup, PreEscaped, html};

use super::Plot;
use super::plot::WIDTH;

/// The style sheet of figures.
pub const STYLE: &str = include_str!("style.css");

/// A figure.
pub struct Figure {
    /// Its name in links and files: lower-case letters, digits and hyphens.
    pub id: String,
    /// What it shows.
    pub title: String,
    /// What it says, for those who do not see it.
    pub description: String,
    /// How it is read, below it.
    pub caption: String,
    /// The numbers drawn.
    pub data: Csv,
    drawing: Markup,
    height: f64,
}

/// Numbers as a table of comma-separated values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Csv(String);

impl Csv {
    /// A table with a header.
    pub fn new(header: &[&str]) -> Self {
        let mut table = Self(String::new());
        table.row(header);
        table
    }

    /// Adds a row; fields are quoted where they must be.
    pub fn row<T: ToString>(&mut self, fields: impl IntoIterator<Item = T>) {
        for (index, field) in fields.into_iter().enumerate() {
            if index > 0 {
                self.0.push(',');
            }
            let field = field.to_string();
            if field.contains([',', '"', '\n', '\r']) {
                self.0.push('"');
                self.0 += &field.replace('"', "\"\"");
                self.0.push('"');
            } else {
                self.0 += &field;
            }
        }
        self.0.push('\n');
    }

    /// The table.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// An address that holds the table itself.
    pub fn address(&self) -> String {
        format!(
            "data:text/csv;charset=utf-8;base64,{}",
            BASE64_STANDARD.encode(&self.0)
        )
    }
}

impl Figure {
    /// A figure of one plot.
    pub fn new(id: &str, title: &str, plot: Plot, data: Csv) -> Self {
        Self::stacked(id, title, vec![plot], data)
    }

    /// A figure of plots below each other.
    pub fn stacked(id: &str, title: &str, plots: Vec<Plot>, data: Csv) -> Self {
        let (mut drawings, mut height) = (Vec::new(), 0.0);
        for plot in plots {
            let (drawing, own) = plot.finish();
            drawings.push(html! { g transform=(format!("translate(0 {height:.1})")) { (drawing) } });
            height += own;
        }
        Self {
            id: id.to_owned(),
            title: title.to_owned(),
            description: String::new(),
            caption: String::new(),
            data,
            drawing: html! { @for drawing in drawings { (drawing) } },
            height,
        }
    }

    /// With what it says and how it is read.
    pub fn described(mut self, description: impl Into<String>, caption: impl Into<String>) -> Self {
        self.description = description.into();
        self.caption = caption.into();
        self
    }

    /// With another name, where a page has several of a kind.
    pub fn named(mut self, id: String) -> Self {
        self.id = id;
        self
    }

    fn svg_with(&self, style: Option<&str>) -> Markup {
        let (title, description) = (format!("{}-title", self.id), format!("{}-desc", self.id));
        html! {
            svg xmlns="http://www.w3.org/2000/svg" class="figure" role="img" viewBox=(format!("0 0 {WIDTH} {:.0}", self.height))
                aria-labelledby=(format!("{title} {description}")) {
                title id=(title) { (self.title) }
                desc id=(description) { (self.description) }
                @if let Some(style) = style { style { (PreEscaped(style)) } }
                (self.drawing)
            }
        }
    }

    /// The drawing as a file of its own.
    pub fn svg(&self) -> String {
        let root = self.svg_with(Some(STYLE)).into_string();
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{root}\n")
    }

    /// The figure in a page that has the style sheet.
    pub fn html(&self) -> Markup {
        html! {
            figure id=(self.id) {
                h3 { (self.title) }
                (self.svg_with(None))
                figcaption {
                    (self.caption) " "
                    a download=(format!("{}.csv", self.id)) href=(self.data.address()) {
                        "Data" span.unseen { " of “" (self.title) "”" } " (CSV)"
                    }
                }
            }
        }
    }
}
