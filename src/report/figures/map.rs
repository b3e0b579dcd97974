//! Images as points.

use super::ends;
use crate::report::draw::{Axis, Colour, Csv, Figure, Key, Plot};
use crate::report::embedding::Embedding;
use crate::report::percent;

/// The map of the first two principal components.
pub fn map(embedding: &Embedding) -> Figure {
    let Embedding {
        x,
        y,
        fake,
        images,
        explained,
    } = embedding;
    let (low, high) = ends(x.iter().copied());
    let across = Axis::linear("first principal component", low, high);
    let (low, high) = ends(y.iter().copied());
    let mut plot = Plot::new(
        across,
        Axis::linear("second principal component", low, high),
        330.0,
    );
    let of = |class: bool| -> Vec<(f64, f64)> {
        let points = x.iter().copied().zip(y.iter().copied()).zip(fake);
        points
            .filter(|(_, fake)| **fake == class)
            .map(|(point, _)| point)
            .collect()
    };
    plot.dots(Colour::Real, &of(false));
    plot.crosses(Colour::Fake, 5.5, &of(true));
    plot.key(Key::Dot, Colour::Real, "real");
    plot.key(Key::Cross, Colour::Fake, "fake");
    let mut data = Csv::new(&["x", "y", "label"]);
    for ((x, y), fake) in x.iter().zip(y).zip(fake) {
        let label = if *fake { "fake" } else { "real" };
        data.row([x.to_string(), y.to_string(), label.to_owned()]);
    }
    let sampled = if x.len() < *images {
        format!(" Drawn are {} of {images} pictures, chosen at random.", x.len())
    } else {
        String::new()
    };
    let [first, second] = explained.map(percent);
    Figure::new("map", "All pictures on one map", plot, data).told(
        format!("Scatter of {} images by the first two principal components of their features.", x.len()),
        format!(
            "Each point is a picture; pictures with like features lie close together. The map shows the two directions in \
             which the features differ most ({first} and {second} of the variance), found without looking at the labels: \
             where the classes overlap here, other directions may still part them.{sampled}"
        ),
    )
}
