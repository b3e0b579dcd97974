//! One image's spectrum, and what it adds to a margin.

use super::{FREQUENCY_NOTE, LOG_NOTE, ends, frequencies};
use crate::draw::{Axis, Colour, Csv, Figure, Key, Plot};
use crate::inspection::{InspectedJudgement, InspectedProfile, Inspection};
use crate::views::{Picture, Views};

/// The two-dimensional log spectrum with its colour scale.
pub fn log_spectrum(inspection: &Inspection, views: &Views) -> Figure {
    let view = &views.spectrum_view;
    // From the first to the last sample, half a sample beyond either.
    let side = |length: u32| {
        let length = f64::from(length.max(1));
        let low = -(length / 2.0).floor() / length;
        (low - 0.5 / length, low + (length - 0.5) / length)
    };
    let (across, down) = (side(inspection.width), side(inspection.height));
    // Rows of pixels run downwards, axes upwards.
    let up = (-down.1, -down.0);
    let ratio = f64::from(inspection.height) / f64::from(inspection.width.max(1));
    let mut plot = Plot::new(
        Axis::linear("horizontal frequency (cycles per pixel)", across.0, across.1),
        Axis::linear("vertical frequency (cycles per pixel)", up.0, up.1),
        (400.0 * ratio).clamp(120.0, 900.0),
    );
    plot.picture(&views.spectrum.address());
    let mut scale = Plot::new(
        Axis::linear(
            "20 ln(amplitude): dark is weak, bright strong",
            f64::from(view.low),
            f64::from(view.high),
        ),
        Axis::names("", [""]),
        14.0,
    )
    .with_left(plot.left());
    if let Some(ramp) = Picture::colour_scale() {
        scale.picture(&ramp.address());
    }
    let mut data = Csv::new(&["horizontal", "vertical", "log_amplitude"]);
    for (u, v, value) in &views.spectrum_values {
        data.row([format!("{u:.5}"), format!("{v:.5}"), format!("{value:.2}")]);
    }
    let dots = match view.together {
        1 => String::new(),
        count => format!(" Each dot is the strongest of {count} × {count} frequencies."),
    };
    Figure::stacked("spectrum", "Its spectrum in two dimensions", vec![plot, scale], data).described(
        format!(
            "Heat map of the two-dimensional log spectrum, from {:.0} to {:.0}.",
            view.low, view.high
        ),
        format!(
            "Every pattern of stripes the picture is made of is one dot: coarse ones in the middle, fine ones outside, in \
             the direction across the stripes. Photographs fade evenly from the middle; bright spots, lines or a grid \
             further out are regular patterns, such as upsampling leaves. A cross through the middle comes from edges \
             along the rows and columns, dots at multiples of ⅛ from JPEG blocks.{dots}"
        ),
    )
}

/// The radial profile among those of the training images.
pub fn profile(profile: &InspectedProfile) -> Figure {
    let InspectedProfile {
        frequencies: places,
        values,
        unit,
        training,
    } = profile;
    let classes = || {
        let classes = training.iter();
        classes.flat_map(|training| [(Colour::Real, &training.real), (Colour::Fake, &training.fake)])
    };
    let bounds = classes().flat_map(|(_, moments)| {
        let both = moments.mean.iter().zip(&moments.deviation);
        both.flat_map(|(mean, deviation)| [mean - deviation, mean + deviation])
    });
    let (low, high) = ends(bounds.chain(values.iter().copied()));
    let mut plot = Plot::new(frequencies(), Axis::linear(unit, low, high), 280.0);
    for (colour, moments) in classes() {
        let all = places.iter().zip(&moments.mean).zip(&moments.deviation);
        let band: Vec<_> = all
            .map(|((x, mean), deviation)| (*x, mean - deviation, mean + deviation))
            .collect();
        plot.band(colour, &band);
        let line: Vec<_> = places.iter().copied().zip(moments.mean.iter().copied()).collect();
        plot.line(colour, colour == Colour::Fake, &line);
    }
    let own: Vec<_> = places.iter().copied().zip(values.iter().copied()).collect();
    plot.line(Colour::Plain, false, &own);
    plot.key(Key::Line, Colour::Plain, "this picture");
    if training.is_some() {
        plot.key(Key::Line, Colour::Real, "mean real");
        plot.key(Key::Dashes, Colour::Fake, "mean fake");
    }
    let header = [
        "frequency",
        "value",
        "real_mean",
        "real_deviation",
        "fake_mean",
        "fake_deviation",
    ];
    let mut data = Csv::new(&header[..if training.is_some() { 6 } else { 2 }]);
    for (index, (frequency, value)) in own.iter().enumerate() {
        let of = classes().flat_map(|(_, moments)| {
            [
                moments.mean[index].to_string(),
                moments.deviation[index].to_string(),
            ]
        });
        data.row([frequency.to_string(), value.to_string()].into_iter().chain(of));
    }
    let bands = match training {
        Some(_) => {
            "Coloured are the pictures the detector learnt from: the mean of either class and a band of one standard \
             deviation, in which about two of three pictures lie. "
        }
        None => "",
    };
    Figure::new("profile", "Its spectrum by fineness of detail", plot, data).described(
        "Line of log amplitude over spatial frequency, among bands of the training images where there is a detector.",
        format!(
            "How strong detail of each fineness is in this picture, averaged over all directions. {bands}{LOG_NOTE} \
             {FREQUENCY_NOTE}"
        ),
    )
}

/// The same as deviations from the mean real training image; `None` without a detector.
pub fn deviation(profile: &InspectedProfile) -> Option<Figure> {
    let deviations = profile.deviations()?;
    let curves = || {
        [&deviations.image, &deviations.fake]
            .into_iter()
            .flatten()
            .copied()
    };
    let (low, high) = ends(curves().chain([-2.0, 2.0]));
    let mut plot = Plot::new(
        frequencies(),
        Axis::linear("above the mean real (deviations)", low, high),
        280.0,
    );
    plot.band(Colour::Real, &[(0.0, -2.0, 2.0), (1.0, -2.0, 2.0)]);
    plot.rule(&[(0.0, 0.0), (1.0, 0.0)]);
    let over = |values: &[f64]| -> Vec<_> {
        let places = profile.frequencies.iter().copied();
        places.zip(values.iter().copied()).collect()
    };
    plot.line(Colour::Fake, true, &over(&deviations.fake));
    plot.line(Colour::Plain, false, &over(&deviations.image));
    plot.key(Key::Line, Colour::Plain, "this picture");
    plot.key(Key::Area, Colour::Real, "most reals");
    plot.key(Key::Dashes, Colour::Fake, "mean fake");
    let mut data = Csv::new(&["frequency", "picture", "mean_fake"]);
    for ((frequency, own), fake) in profile
        .frequencies
        .iter()
        .zip(&deviations.image)
        .zip(&deviations.fake)
    {
        data.row([frequency, own, fake]);
    }
    Some(Figure::new("deviation", "How unusual it is", plot, data).described(
        "Line of the picture's spectrum in standard deviations from the mean real training image.",
        format!(
            "The same spectrum, measured from the mean real training picture in standard deviations: about 19 of 20 real \
             pictures lie in the band at any one frequency. Leaving the band once is nothing; staying with the dashed line \
             of the fakes is. {FREQUENCY_NOTE}"
        ),
    ))
}

/// What each range of frequencies adds to the margin; `None` where the detector looks at no frequencies.
pub fn contributions(judgement: &InspectedJudgement) -> Option<Figure> {
    let radial: Vec<_> = judgement
        .bands
        .iter()
        .filter_map(|band| Some((band.frequencies?, band.margin)))
        .collect();
    if radial.is_empty() {
        return None;
    }
    let (low, high) = ends(radial.iter().map(|(_, margin)| *margin).chain([0.0]));
    let mut plot = Plot::new(
        frequencies(),
        Axis::linear("added to the margin", low, high),
        240.0,
    );
    let boxes = |speaks: fn(f64) -> bool| -> Vec<_> {
        let bands = radial.iter().filter(|(_, margin)| speaks(*margin));
        bands
            .map(|((from, to), margin)| ((*from, 0.0), (*to, *margin)))
            .collect()
    };
    plot.boxes(Colour::Fake, true, &boxes(|margin| margin > 0.0));
    plot.boxes(Colour::Real, true, &boxes(|margin| margin < 0.0));
    plot.rule(&[(0.0, 0.0), (1.0, 0.0)]);
    plot.key(Key::Bar, Colour::Fake, "above 0: speaks for fake");
    plot.key(Key::Bar, Colour::Real, "below 0: speaks for real");
    let mut data = Csv::new(&["from", "to", "added_to_margin"]);
    for ((from, to), margin) in &radial {
        data.row([from.to_string(), to.to_string(), margin.to_string()]);
    }
    let meaning = if judgement.adds_up {
        format!(
            "The boxes add up to the margin, {:.2}, less that of the middle, {:.2}.",
            judgement.margin, judgement.middle_margin
        )
    } else {
        format!(
            "This classifier weighs frequencies together, so the boxes need not add up to the margin, {:.2}.",
            judgement.margin
        )
    };
    Some(
        Figure::new("contributions", "Which frequencies speak for what", plot, data).described(
            format!("Bars of what each of {} ranges of frequency adds to the margin.", radial.len()),
            format!(
                "How much lower the detector's raw value (its margin, above 0 for fake) would be if this picture were, at \
                 these frequencies, half way between the mean real and the mean fake training picture. {meaning}"
            ),
        ),
    )
}

/// What each 8 × 8 pattern of the families of DCT residuals adds to the margin, a figure a family: a square for each
/// pattern, its area in proportion (a Hinton diagram).
pub fn dct_patterns(judgement: &InspectedJudgement) -> Vec<Figure> {
    let of_kernels: Vec<_> = judgement
        .bands
        .iter()
        .filter_map(|band| Some((band.family.as_str(), band.kernel?, band.margin)))
        .collect();
    of_kernels
        .chunk_by(|a, b| a.0 == b.0)
        .map(|of_family| patterns_of(of_family[0].0, of_family))
        .collect()
}

fn patterns_of(family: &str, patterns: &[(&str, (u8, u8), f64)]) -> Figure {
    let axis = |label| Axis::linear(label, -0.5, 7.5);
    let mut plot = Plot::square(
        axis("half waves across 8 pixels"),
        axis("half waves down 8 pixels"),
    );
    let largest = patterns
        .iter()
        .map(|(_, _, margin)| margin.abs())
        .fold(0.0, f64::max);
    let squares = |speaks: fn(f64) -> bool| -> Vec<_> {
        let chosen = patterns.iter().filter(|(_, _, margin)| speaks(*margin));
        chosen
            .map(|(_, (down, across), margin)| {
                let half = 0.46 * (margin.abs() / largest).sqrt();
                let (x, y) = (f64::from(*across), f64::from(*down));
                ((x - half, y - half), (x + half, y + half))
            })
            .collect()
    };
    plot.boxes(Colour::Fake, true, &squares(|margin| margin > 0.0));
    plot.boxes(Colour::Real, true, &squares(|margin| margin < 0.0));
    plot.key(Key::Bar, Colour::Fake, "speaks for fake");
    plot.key(Key::Bar, Colour::Real, "speaks for real");
    let mut data = Csv::new(&["half_waves_down", "half_waves_across", "added_to_margin"]);
    for (_, (down, across), margin) in patterns {
        data.row([down.to_string(), across.to_string(), margin.to_string()]);
    }
    Figure::new(
        &format!("patterns-{family}"),
        &format!("Which patterns of {family} speak for what"),
        plot,
        data,
    )
    .described(
        format!("A square for each of {} patterns of 8 by 8 pixels.", patterns.len()),
        format!(
            "The family looks at every place of the picture for patterns of 8 × 8 pixels, from coarse (0) to fine (7) in \
             both directions, and counts how strongly they are there. The larger a square, the more its pattern adds to the \
             detector's raw value (its margin) or takes from it; the largest stands for {largest:.3}."
        ),
    )
}
