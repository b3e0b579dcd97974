//! Shares with intervals, one a row.

use crate::draw::{Axis, Colour, Csv, Figure, Key, Plot};
use dftective_evaluate::Interval;
use dftective_sample::Label;

/// A share of right calls.
pub struct Share<'a> {
    /// Whose.
    pub name: &'a str,
    /// The class of the images, where they are of one.
    pub label: Option<Label>,
    /// Of how many images.
    pub images: usize,
    /// The share, in [0, 1].
    pub share: f64,
    /// Its 95 % interval.
    pub interval: Interval,
}

/// Rows drawn, of more.
const ROWS: usize = 40;

/// Shares of right calls, one a row.
pub fn shares(id: &str, title: &str, all: &[Share]) -> Figure {
    let shown = &all[..all.len().min(ROWS)];
    // The first stands on top.
    let names: Vec<&str> = shown.iter().rev().map(|share| share.name).collect();
    let low = shown.iter().map(|share| share.interval.low).fold(1.0, f64::min);
    // The whole axis only where it is needed: shares near 1 must be told apart.
    let start = [0.9, 0.8, 0.4]
        .into_iter()
        .find(|start| low > start + 0.02)
        .unwrap_or(0.0);
    let mut plot = Plot::new(
        Axis::percent("right calls (%)", start, 1.0),
        Axis::names("", names),
        30.0 * shown.len() as f64 + 12.0,
    );
    let guessing = start < 0.5;
    if guessing {
        plot.rule(&[(0.5, -0.5), (0.5, shown.len() as f64 - 0.5)]);
    }
    let place = |row: usize| (shown.len() - 1 - row) as f64;
    for (label, colour, key) in [
        (Some(Label::Real), Colour::Real, Key::Dot),
        (Some(Label::Fake), Colour::Fake, Key::Cross),
        (None, Colour::Plain, Key::Dot),
    ] {
        let rows = || shown.iter().enumerate().filter(|(_, share)| share.label == label);
        let points: Vec<_> = rows().map(|(row, share)| (share.share, place(row))).collect();
        if points.is_empty() {
            continue;
        }
        let whiskers: Vec<_> = rows()
            .map(|(row, share)| {
                (
                    (share.interval.low, place(row)),
                    (share.interval.high, place(row)),
                )
            })
            .collect();
        plot.whiskers(colour, &whiskers);
        match key {
            Key::Cross => plot.crosses(colour, 9.0, &points),
            _ => plot.dots(colour, &points),
        }
        if let Some(label) = label {
            plot.key(key, colour, format!("{label} images"));
        }
    }
    if guessing {
        plot.key(Key::Rule, Colour::Plain, "guessing");
    }
    let mut data = Csv::new(&["name", "label", "images", "right", "low", "high"]);
    for share in all {
        data.row([
            share.name.to_owned(),
            share.label.map_or_else(String::new, |label| label.to_string()),
            share.images.to_string(),
            share.share.to_string(),
            share.interval.low.to_string(),
            share.interval.high.to_string(),
        ]);
    }
    let cut = if shown.len() < all.len() {
        format!(" The first {ROWS} of {} are drawn; the data hold all.", all.len())
    } else {
        String::new()
    };
    Figure::new(id, title, plot, data).described(
        format!("Shares of right calls with intervals, {} rows.", shown.len()),
        format!(
            "How many calls were right; the axis starts at {:.0} %. Strokes are 95 % intervals. A detector that guesses is \
             right in half of its calls.{cut}",
            100.0 * start
        ),
    )
}
