use maud::html;
use roxmltree::{Document, Node};

use super::*;

const HOSTILE: &str = "<img src=x onerror=alert(1)>&\"'\u{1F4A3}]]>--";

fn figure() -> Figure {
    let mut plot = Plot::new(
        Axis::linear(HOSTILE, 0.0, 1.0),
        Axis::names(HOSTILE, ["short", HOSTILE]),
        100.0,
    );
    let points = [(0.0, 0.0), (0.5, 1.0), (f64::NAN, f64::INFINITY)];
    plot.line(Colour::Real, true, &points);
    plot.rule(&points);
    plot.band(Colour::Fake, &[(0.0, 0.0, 1.0), (1.0, 0.5, 0.7)]);
    plot.boxes(Colour::Plain, true, &[((0.0, 0.0), (0.5, 1.0))]);
    plot.boxes(Colour::Series(9), false, &[((0.0, 0.0), (0.5, 1.0))]);
    plot.dots(Colour::Real, &points);
    plot.crosses(Colour::Fake, 6.0, &points);
    plot.whiskers(
        Colour::Plain,
        &[((0.1, 0.0), (0.1, 1.0)), ((0.0, 0.5), (1.0, 0.5))],
    );
    plot.picture("data:image/png;base64,AAAA");
    for key in [
        Key::Line,
        Key::Dashes,
        Key::Rule,
        Key::Bar,
        Key::Open,
        Key::Area,
        Key::Dot,
        Key::Cross,
    ] {
        plot.key(key, Colour::Real, HOSTILE);
    }
    let mut data = Csv::new(&["a", "b"]);
    data.row([HOSTILE, "1,5"]);
    Figure::new("hostile", HOSTILE, plot, data).described(HOSTILE, HOSTILE)
}

fn texts<'a>(root: Node<'a, 'a>, name: &str) -> Vec<&'a str> {
    let found = root.descendants().filter(|node| node.has_tag_name((SVG, name)));
    found.filter_map(|node| node.text()).collect()
}

const SVG: &str = "http://www.w3.org/2000/svg";

#[test]
fn a_drawing_is_well_formed_whatever_it_is_called() {
    let svg = figure().svg();
    let document = Document::parse(&svg).unwrap();
    let root = document.root_element();
    assert_eq!(texts(root, "title"), [HOSTILE]);
    assert_eq!(texts(root, "desc"), [HOSTILE]);
    assert!(texts(root, "text").contains(&HOSTILE));
    let allowed = ["svg", "title", "desc", "style", "g", "path", "text", "image"];
    for node in root.descendants().filter(Node::is_element) {
        assert!(allowed.contains(&node.tag_name().name()), "{:?}", node.tag_name());
        assert!(!node.attributes().any(|each| each.name().starts_with("on")));
    }
    let named = root.attribute("aria-labelledby").unwrap();
    for id in named.split(' ') {
        assert!(
            root.descendants().any(|node| node.attribute("id") == Some(id)),
            "{id}"
        );
    }
}

/// Nothing is drawn at a place that is no number, and nothing outside the drawing.
#[test]
fn marks_stay_inside() {
    let svg = figure().svg();
    let document = Document::parse(&svg).unwrap();
    let view: Vec<f64> = document
        .root_element()
        .attribute("viewBox")
        .unwrap()
        .split(' ')
        .map(|number| number.parse().unwrap())
        .collect();
    let paths = document.descendants().filter_map(|node| node.attribute("d"));
    for d in paths {
        let numbers = d.split(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-'));
        for number in numbers.filter(|number| !number.is_empty()) {
            // Negative numbers follow each other without a space.
            for part in number.split('-').filter(|part| !part.is_empty()) {
                let value: f64 = part.parse().unwrap();
                assert!(value <= view[2].max(view[3]), "{d}");
            }
        }
        assert!(!d.contains("NaN") && !d.contains("inf"), "{d}");
    }
}

#[test]
fn a_line_goes_where_its_points_are() {
    let mut plot =
        Plot::new(Axis::linear("x", 0.0, 10.0), Axis::linear("y", 0.0, 1.0), 100.0).with_left(80.0);
    plot.line(Colour::Real, false, &[(0.0, 0.0), (5.0, 1.0), (10.0, 0.25)]);
    let (drawing, height) = plot.finish();
    let svg = html! { svg xmlns=(SVG) { (drawing) } }.into_string();
    let document = Document::parse(&svg).unwrap();
    let line = document
        .descendants()
        .find(|node| node.attribute("class") == Some("line real"))
        .unwrap();
    // 480 units less 80 to the left and 16 to the right are 384; up is less.
    assert_eq!(line.attribute("d"), Some("M0.0 100.0L192.0 0.0L384.0 75.0"));
    assert_eq!(height, 160.0);
}

#[test]
fn tables_of_values_are_quoted() {
    let mut data = Csv::new(&["name", "value"]);
    data.row(["a \"b\", c", "1"]);
    data.row(["line\nbreak", "2"]);
    data.row(["plain", "3"]);
    let mut reader = csv::Reader::from_reader(data.as_str().as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows[0], vec!["a \"b\", c", "1"]);
    assert_eq!(rows[1], vec!["line\nbreak", "2"]);
    assert!(data.as_str().ends_with("plain,3\n"));
    assert!(
        data.address()
            .starts_with("data:text/csv;charset=utf-8;base64,bmFtZSx2YWx1ZQ")
    );
}
