//! Images as points.

use super::ends;
use crate::draw::{Axis, Colour, Csv, Figure, Key, Plot};
use crate::embedding::{Embedding, NEAREST, NeighbourMap};
use crate::percent;

/// The maps of an embedding: by principal components, and of neighbours where there is one.
pub fn maps(embedding: &Embedding) -> Vec<Figure> {
    let neighbours = embedding.neighbours.as_ref();
    let neighbours = neighbours.map(|map| neighbour_map(embedding, map));
    std::iter::once(component_map(embedding))
        .chain(neighbours)
        .collect()
}

/// The map of the first two principal components.
fn component_map(embedding: &Embedding) -> Figure {
    let Embedding { x, y, explained, .. } = embedding;
    let (low, high) = ends(x.iter().copied());
    let across = Axis::linear("first principal component", low, high);
    let (low, high) = ends(y.iter().copied());
    let up = Axis::linear("second principal component", low, high);
    let mut plot = Plot::new(across, up, 330.0);
    let data = scattered(&mut plot, ["x", "y"], x, y, &embedding.fake);
    let [first, second] = explained.map(percent);
    let sampled = sampled(x.len(), embedding.images);
    Figure::new("map", "All pictures on one map (PCA)", plot, data).described(
        format!("Scatter of {} images by the first two principal components of their features.", x.len()),
        format!(
            "Each point is a picture; pictures with like features lie close together. The map shows the two directions in \
             which the features differ most ({first} and {second} of the variance), found without looking at the labels: \
             where the classes overlap here, other directions may still part them.{sampled}"
        ),
    )
}

/// Least height of a map of neighbours, of its width.
const FLATTEST: f64 = 0.6;

/// The map of neighbours. Both axes have one scale and no numbers, as places have no unit.
fn neighbour_map(embedding: &Embedding, map: &NeighbourMap) -> Figure {
    let NeighbourMap {
        x,
        y,
        perplexity,
        divergence,
        same_class,
        by_chance,
    } = map;
    let (left, right) = ends(x.iter().copied());
    let (bottom, top) = ends(y.iter().copied());
    let (width, height) = (right - left, top - bottom);
    let ratio = if width > 0.0 {
        (height / width).clamp(FLATTEST, 1.0)
    } else {
        1.0
    };
    let half = width.max(height / ratio) / 2.0;
    let around = |middle: f64, half: f64| Axis::bare("", middle - half, middle + half);
    let across = around(f64::midpoint(left, right), half);
    let up = around(f64::midpoint(bottom, top), half * ratio);
    let mut plot = Plot::proportioned(across, up, ratio);
    let data = scattered(&mut plot, ["x", "y"], x, y, &embedding.fake);
    let (same_class, by_chance) = (percent(*same_class), percent(*by_chance));
    let sampled = sampled(x.len(), embedding.images);
    Figure::new("neighbours", "Which pictures are like which (t-SNE)", plot, data).described(
        format!(
            "Scatter of {} images laid out by t-SNE; {same_class} of the {NEAREST} nearest of each are of its class, \
             {by_chance} by chance.",
            x.len()
        ),
        format!(
            "Each point is a picture, placed so that pictures with like features are neighbours; the labels were not \
             looked at. Read only who lies beside whom: how far apart groups are, how large they are and where on the \
             map they lie means little, and even noise can look like groups. Of the {NEAREST} nearest neighbours of a \
             picture {same_class} are of its class; classes spread at random would give {by_chance}. (t-SNE, perplexity \
             {perplexity:.0}, divergence {divergence:.2}.){sampled}"
        ),
    )
}

/// Draws reals and fakes; gives them as a table with columns of these names.
pub(super) fn scattered(plot: &mut Plot, names: [&str; 2], x: &[f64], y: &[f64], fake: &[bool]) -> Csv {
    let mut data = Csv::new(&[names[0], names[1], "label"]);
    let (mut reals, mut fakes) = (Vec::new(), Vec::new());
    for ((&x, &y), &fake) in x.iter().zip(y).zip(fake) {
        let label = if fake { "fake" } else { "real" };
        data.row([x.to_string(), y.to_string(), label.to_owned()]);
        if fake { &mut fakes } else { &mut reals }.push((x, y));
    }
    plot.dots(Colour::Real, &reals);
    plot.crosses(Colour::Fake, 5.5, &fakes);
    plot.key(Key::Dot, Colour::Real, "real");
    plot.key(Key::Cross, Colour::Fake, "fake");
    data
}

/// What a reader must know where not all images are drawn.
pub(super) fn sampled(drawn: usize, images: usize) -> String {
    if drawn < images {
        format!(" Drawn are {drawn} of {images} pictures, chosen at random.")
    } else {
        String::new()
    }
}
