//! Mean spectra with their deviation.

use super::{FREQUENCY_NOTE, LOG_NOTE, ends, frequencies};
use crate::draw::{Axis, Colour, Csv, Figure, Key, Plot};
use crate::spectra::{MeanSpectrum, Spectra};
use dftective_sample::Label;

fn data(spectra: &Spectra, curves: &[MeanSpectrum]) -> Csv {
    let mut data = Csv::new(&["label", "source", "images", "frequency", "mean", "deviation"]);
    for curve in curves {
        let moments = &curve.moments;
        for ((frequency, mean), deviation) in spectra
            .frequencies
            .iter()
            .zip(&moments.mean)
            .zip(&moments.deviation)
        {
            data.row([
                curve.label.to_string(),
                curve.source.clone().unwrap_or_default(),
                moments.images.to_string(),
                frequency.to_string(),
                mean.to_string(),
                deviation.to_string(),
            ]);
        }
    }
    data
}

fn notes(spectra: &Spectra) -> String {
    let together = match spectra.together {
        1 => String::new(),
        count => format!(" Each point is the mean of {count} neighbouring frequencies."),
    };
    format!("{FREQUENCY_NOTE}{together}")
}

/// The mean and a band of one deviation to either side.
fn curve(plot: &mut Plot, spectra: &Spectra, curve: &MeanSpectrum, colour: Colour) {
    let values = || spectra.frequencies.iter().zip(&curve.moments.mean);
    let band: Vec<_> = values()
        .zip(&curve.moments.deviation)
        .map(|((x, mean), deviation)| (*x, mean - deviation, mean + deviation))
        .collect();
    plot.band(colour, &band);
    let line: Vec<_> = values().map(|(x, mean)| (*x, *mean)).collect();
    plot.line(colour, curve.label == Label::Fake, &line);
}

/// Mean and deviation of each class.
pub fn by_class(spectra: &Spectra) -> Figure {
    let bounds = spectra.classes.iter().flat_map(|each| {
        let both = each.moments.mean.iter().zip(&each.moments.deviation);
        both.flat_map(|(mean, deviation)| [mean - deviation, mean + deviation])
    });
    let (low, high) = ends(bounds);
    let mut plot = Plot::new(frequencies(), Axis::linear(&spectra.unit, low, high), 270.0);
    for each in &spectra.classes {
        let (colour, key) = match each.label {
            Label::Real => (Colour::Real, Key::Line),
            Label::Fake => (Colour::Fake, Key::Dashes),
        };
        curve(&mut plot, spectra, each, colour);
        plot.key(key, colour, format!("{} ({})", each.label, each.moments.images));
    }
    Figure::new(
        "spectra-by-class",
        "Mean spectrum of reals and fakes",
        plot,
        data(spectra, &spectra.classes),
    )
    .described(
        "Mean log spectrum over spatial frequency of real and of fake images, each with a band of one standard deviation.",
        format!(
            "How strong detail of each fineness is, on average over all pictures of a class. Bands are one standard \
             deviation wide to either side: about two of three pictures lie within. Where the lines part by more than \
             the bands are wide, that frequency tells real from fake. {LOG_NOTE} {}",
            notes(spectra)
        ),
    )
}

/// How far apart the classes are at each frequency.
pub fn separation(spectra: &Spectra) -> Option<Figure> {
    let apart = spectra.separation.as_ref()?;
    let (low, high) = ends(apart.iter().copied().chain([-1.0, 1.0]));
    let mut plot = Plot::new(
        frequencies(),
        Axis::linear("fakes above reals (deviations)", low, high),
        270.0,
    );
    plot.band(Colour::Plain, &[(0.0, -1.0, 1.0), (1.0, -1.0, 1.0)]);
    plot.rule(&[(0.0, 0.0), (1.0, 0.0)]);
    let line: Vec<_> = spectra
        .frequencies
        .iter()
        .copied()
        .zip(apart.iter().copied())
        .collect();
    plot.line(Colour::Fake, false, &line);
    plot.key(Key::Line, Colour::Fake, "mean fake");
    plot.key(Key::Rule, Colour::Plain, "mean real");
    plot.key(Key::Area, Colour::Plain, "one deviation");
    let mut data = Csv::new(&["frequency", "fakes_above_reals"]);
    for (frequency, value) in &line {
        data.row([frequency, value]);
    }
    Some(Figure::new("separation", "Where the spectra of fakes differ", plot, data).described(
        "Line of the difference of the classes' mean spectra, in standard deviations, over spatial frequency.",
        format!(
            "How far the mean fake lies above the mean real at each frequency, measured in standard deviations of single \
             pictures. Within the grey band a frequency by itself tells little; a detector weighs all of them together. \
             {}",
            notes(spectra)
        ),
    ))
}

/// Each source's mean, measured from that of all reals.
pub fn by_source(spectra: &Spectra) -> Option<Figure> {
    let real = spectra.classes.iter().find(|each| each.label == Label::Real)?;
    if spectra.sources.is_empty() {
        return None;
    }
    let curves: Vec<Vec<(f64, f64)>> = spectra
        .sources
        .iter()
        .map(|each| {
            let means = each.moments.mean.iter().zip(&real.moments.mean);
            let apart = means.map(|(own, real)| own - real);
            spectra.frequencies.iter().copied().zip(apart).collect()
        })
        .collect();
    let (low, high) = ends(curves.iter().flatten().map(|(_, apart)| *apart).chain([0.0]));
    let mut plot = Plot::new(
        frequencies(),
        Axis::linear("above the mean of all reals", low, high),
        300.0,
    );
    plot.rule(&[(0.0, 0.0), (1.0, 0.0)]);
    for (index, (each, curve)) in spectra.sources.iter().zip(&curves).enumerate() {
        let dashed = each.label == Label::Fake;
        plot.line(Colour::Series(index), dashed, curve);
        let key = if dashed { Key::Dashes } else { Key::Line };
        let name = each.source.as_deref().unwrap_or("no source");
        let name: String = name.chars().take(28).collect();
        plot.key(key, Colour::Series(index), format!("{}: {name}", each.label));
    }
    plot.key(Key::Rule, Colour::Plain, "mean of all reals");
    let others = match spectra.other_sources {
        0 => String::new(),
        count => format!(" Left out as smaller: {count}."),
    };
    Some(
        Figure::new(
            "spectra-by-source",
            "How each source differs",
            plot,
            data(spectra, &spectra.sources),
        )
        .described(
            format!("Mean spectra of {} sources over spatial frequency, less that of all reals.", spectra.sources.len()),
            format!(
                "The mean of each source by itself, less the mean of all reals, in the same units ({}); fakes are dashed. \
                 Sources of one class that lie far apart warn that a detector may have learnt the source, not the \
                 fake.{others} {}",
                spectra.unit,
                notes(spectra)
            ),
        ),
    )
}
