//! Marks between two axes, as SVG.

use std::fmt::Write;

use maud::{Markup, html};

use super::Axis;

/// Which colour a mark has; the style sheet says which one that is, by light and by dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// What belongs to real images.
    Real,
    /// What belongs to fakes.
    Fake,
    /// What belongs to neither.
    Plain,
    /// One of several that only differ.
    Series(usize),
}

impl Colour {
    /// How many series have colours of their own.
    pub const SERIES: usize = 8;

    fn class(self) -> String {
        match self {
            Self::Real => "real".to_owned(),
            Self::Fake => "fake".to_owned(),
            Self::Plain => "plain".to_owned(),
            Self::Series(index) => format!("s{}", index % Self::SERIES),
        }
    }
}

/// How a legend shows a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A drawn line.
    Line,
    /// A dashed line.
    Dashes,
    /// A dashed grey line.
    Rule,
    /// A filled box.
    Bar,
    /// A box of outlines.
    Open,
    /// A pale box.
    Area,
    /// A dot.
    Dot,
    /// A cross.
    Cross,
}

/// A value along each axis.
pub type Point = (f64, f64);

/// A drawing between two axes. Places are in user units of the SVG.
pub struct Plot {
    x: Axis,
    y: Axis,
    /// Of the area between the axes.
    area: (f64, f64),
    margin: Margin,
    legend: Vec<(Key, Colour, String)>,
    marks: Vec<Markup>,
}

#[derive(Clone, Copy)]
struct Margin {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

/// Width of every drawing.
pub const WIDTH: f64 = 480.0;
const LEGEND_LINE: f64 = 22.0;
/// Of a letter of 14 units, on average and rather too wide than too narrow.
const LETTER: f64 = 7.7;
/// Longest name written along an axis, letters.
const LONGEST_NAME: usize = 28;

impl Plot {
    /// An empty drawing, its area `height` units high.
    pub fn new(x: Axis, y: Axis, height: f64) -> Self {
        let widest = y.ticks().iter().map(|(_, text)| shortened(text).chars().count());
        let left = 34.0 + LETTER * widest.max().unwrap_or(0) as f64;
        let is_bare = |axis: &Axis| axis.label().is_empty() && axis.ticks().is_empty();
        let margin = Margin {
            left: if is_bare(&y) { 16.0 } else { left },
            right: 16.0,
            top: 10.0,
            bottom: if is_bare(&x) { 16.0 } else { 50.0 },
        };
        Self {
            x,
            y,
            area: (WIDTH - margin.left - margin.right, height),
            margin,
            legend: Vec::new(),
            marks: Vec::new(),
        }
    }

    /// Room left of the area.
    pub fn left(&self) -> f64 {
        self.margin.left
    }

    /// The same with other room left of the area, to stand below another plot. Nothing may be drawn yet.
    pub fn with_left(mut self, left: f64) -> Self {
        self.margin.left = left;
        self.area.0 = WIDTH - left - self.margin.right;
        self
    }

    /// With a square area, for two axes of one unit.
    pub fn square(x: Axis, y: Axis) -> Self {
        Self::proportioned(x, y, 1.0)
    }

    /// With an area `ratio` times as high as wide.
    pub fn proportioned(x: Axis, y: Axis, ratio: f64) -> Self {
        let mut plot = Self::new(x, y, 0.0);
        plot.area.1 = ratio * plot.area.0;
        plot
    }

    /// Explains a mark.
    pub fn key(&mut self, key: Key, colour: Colour, text: impl Into<String>) {
        self.legend.push((key, colour, text.into()));
    }

    fn at(&self, (x, y): (f64, f64)) -> (f64, f64) {
        (
            self.area.0 * self.x.place(x),
            self.area.1 * (1.0 - self.y.place(y)),
        )
    }

    /// A line through points.
    pub fn line(&mut self, colour: Colour, dashed: bool, points: &[Point]) {
        let class = format!("line {}{}", colour.class(), if dashed { " dash" } else { "" });
        let d = self.path(points.iter().copied());
        self.marks.push(html! { path class=(class) d=(d) {} });
    }

    /// A grey line.
    pub fn rule(&mut self, points: &[Point]) {
        let d = self.path(points.iter().copied());
        self.marks.push(html! { path class="rule" d=(d) {} });
    }

    /// The area between two lines: x, lower and upper y.
    pub fn band(&mut self, colour: Colour, points: &[(f64, f64, f64)]) {
        let there = points.iter().map(|(x, low, _)| (*x, *low));
        let back = points.iter().rev().map(|(x, _, high)| (*x, *high));
        self.region(colour, &there.chain(back).collect::<Vec<_>>());
    }

    /// The area within a closed line.
    pub fn region(&mut self, colour: Colour, outline: &[Point]) {
        let d = self.path(outline.iter().copied()) + "z";
        self.marks
            .push(html! { path class=(format!("area {}", colour.class())) d=(d) {} });
    }

    /// Boxes from one corner to the other, filled or outlined.
    pub fn boxes(&mut self, colour: Colour, filled: bool, corners: &[(Point, Point)]) {
        let mut d = String::new();
        for (from, to) in corners {
            let ((x0, y0), (x1, y1)) = (self.at(*from), self.at(*to));
            let _ = write!(d, "M{x0:.1} {y0:.1}V{y1:.1}H{x1:.1}V{y0:.1}z");
        }
        let class = format!("{} {}", if filled { "bar" } else { "open" }, colour.class());
        self.marks.push(html! { path class=(class) d=(d) {} });
    }

    /// Dots.
    pub fn dots(&mut self, colour: Colour, points: &[Point]) {
        let mut d = String::new();
        for point in points {
            let (x, y) = self.at(*point);
            // A line of no length with round ends.
            let _ = write!(d, "M{x:.1} {y:.1}h0");
        }
        self.marks
            .push(html! { path class=(format!("dots {}", colour.class())) d=(d) {} });
    }

    /// Crosses.
    pub fn crosses(&mut self, colour: Colour, size: f64, points: &[Point]) {
        let mut d = String::new();
        for point in points {
            let (x, y) = self.at(*point);
            let (x, y, s) = (x - size / 2.0, y - size / 2.0, size);
            let _ = write!(d, "M{x:.1} {y:.1}l{s} {s}m0 -{s}l-{s} {s}");
        }
        self.marks
            .push(html! { path class=(format!("crosses {}", colour.class())) d=(d) {} });
    }

    /// Lines from one point to another, with a stroke across at either end where they run up or across.
    pub fn whiskers(&mut self, colour: Colour, lines: &[(Point, Point)]) {
        let mut d = String::new();
        for (from, to) in lines {
            let ((x0, y0), (x1, y1)) = (self.at(*from), self.at(*to));
            let _ = write!(d, "M{x0:.1} {y0:.1}L{x1:.1} {y1:.1}");
            for (x, y) in [(x0, y0), (x1, y1)] {
                if (x0 - x1).abs() < (y0 - y1).abs() {
                    let _ = write!(d, "M{:.1} {y:.1}h8", x - 4.0);
                } else {
                    let _ = write!(d, "M{x:.1} {:.1}v8", y - 4.0);
                }
            }
        }
        self.marks
            .push(html! { path class=(format!("whisker {}", colour.class())) d=(d) {} });
    }

    /// Words beside a point, to its right or, in the right half, to its left.
    pub fn words(&mut self, at: (f64, f64), text: &str) {
        let (x, y) = self.at(at);
        let (x, anchor) = if x > self.area.0 / 2.0 {
            (x - 7.0, "end")
        } else {
            (x + 7.0, "start")
        };
        let y = y.clamp(12.0, self.area.1 - 6.0);
        self.marks.push(html! {
            text class="note" x=(number(x)) y=(number(y)) text-anchor=(anchor) { (text) }
        });
    }

    /// A picture over the whole area, `data` its address.
    pub fn picture(&mut self, data: &str) {
        let (width, height) = self.area;
        self.marks.push(html! {
            image href=(data) x="0" y="0" width=(number(width)) height=(number(height))
                preserveAspectRatio="none" {}
        });
    }

    fn path(&self, points: impl Iterator<Item = Point>) -> String {
        let mut d = String::new();
        for (index, point) in points.enumerate() {
            let (x, y) = self.at(point);
            let _ = write!(d, "{}{x:.1} {y:.1}", if index == 0 { 'M' } else { 'L' });
        }
        d
    }

    /// The drawing, and its height.
    pub fn finish(self) -> (Markup, f64) {
        let (legend, legend_height) = self.drawn_legend();
        let (width, height) = self.area;
        let Margin {
            left, top, bottom, ..
        } = self.margin;
        let top = top + legend_height;
        let middle = (left + width / 2.0, top + height / 2.0);
        let is_named = |text: &str| text.is_empty() || text.chars().any(char::is_alphabetic);
        let drawing = html! {
            (legend)
            g transform=(format!("translate({} {})", number(left), number(top))) {
                @for (value, text) in self.x.ticks() {
                    @let x = number(width * self.x.place(*value));
                    @if !is_named(text) { path class="grid" d=(format!("M{x} 0V{}", number(height))) {} }
                    text class="tick" x=(x) y=(number(height + 18.0)) text-anchor="middle" { (shortened(text)) }
                }
                @for (value, text) in self.y.ticks() {
                    @let y = height * (1.0 - self.y.place(*value));
                    @if !is_named(text) { path class="grid" d=(format!("M0 {}H{}", number(y), number(width))) {} }
                    text class="tick" x="-8" y=(number(y + 4.5)) text-anchor="end" { (shortened(text)) }
                }
                @for mark in &self.marks { (mark) }
                path class="edge" d=(format!("M0 0V{0}H{1}", number(height), number(width))) {}
            }
            @if !self.x.label().is_empty() {
                text x=(number(middle.0)) y=(number(top + height + 40.0)) text-anchor="middle" { (self.x.label()) }
            }
            @if !self.y.label().is_empty() {
                text x="0" y="0" text-anchor="middle"
                    transform=(format!("translate(15 {}) rotate(-90)", number(middle.1))) { (self.y.label()) }
            }
        };
        (drawing, top + height + bottom)
    }

    /// Rows of keys with their texts, and how high they are.
    fn drawn_legend(&self) -> (Markup, f64) {
        let (mut x, mut row) = (self.margin.left, 0.0);
        let mut placed = Vec::new();
        for (key, colour, text) in &self.legend {
            let width = 46.0 + text.chars().map(letter_width).sum::<f64>();
            if x + width > WIDTH && x > self.margin.left {
                (x, row) = (self.margin.left, row + 1.0);
            }
            placed.push((x, LEGEND_LINE * row + 14.0, *key, colour.class(), text));
            x += width;
        }
        let drawing = html! {
            @for (x, y, key, colour, text) in &placed {
                g transform=(format!("translate({} {})", number(*x), number(*y))) {
                    (drawn_key(*key, colour))
                    text class="note" x="32" y="4.5" { (text) }
                }
            }
        };
        let rows = if placed.is_empty() { 0.0 } else { row + 1.0 };
        (drawing, LEGEND_LINE * rows)
    }
}

fn drawn_key(key: Key, colour: &str) -> Markup {
    let (class, d) = match key {
        Key::Line => ("line", "M0 0H26"),
        Key::Dashes => ("line dash", "M0 0H26"),
        Key::Rule => ("rule", "M0 0H26"),
        Key::Bar => ("bar", "M6 -6H20V6H6z"),
        Key::Open => ("open", "M6 -6H20V6H6z"),
        Key::Area => ("area", "M4 -6H22V6H4z"),
        Key::Dot => ("dots", "M13 0h0"),
        Key::Cross => ("crosses", "M9 -4l8 8m0 -8l-8 8"),
    };
    html! { path class=(format!("{class} {colour}")) d=(d) {} }
}

/// A place, with one decimal.
fn number(value: f64) -> String {
    format!("{value:.1}")
}

/// Capitals are wider than other letters.
fn letter_width(letter: char) -> f64 {
    if letter.is_uppercase() {
        1.35 * LETTER
    } else {
        LETTER
    }
}

/// What fits along an axis.
fn shortened(text: &str) -> String {
    if text.chars().count() <= LONGEST_NAME {
        return text.to_owned();
    }
    let start: String = text.chars().take(LONGEST_NAME - 1).collect();
    start + "…"
}
