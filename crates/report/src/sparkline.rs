//! A curve in a line of text.

/// The values as blocks of rising height from the lowest to the highest, put together to at most `width` columns; a curve
/// without rise is a line of middle height, and values that are not finite are gaps.
pub fn sparkline(values: &[f64], width: usize) -> String {
    let means = columns(values, width);
    let finite = means.iter().copied().filter(|mean| mean.is_finite());
    blocks(&means, finite.fold(f64::INFINITY, f64::min))
}

/// The same of values of at least 0, as blocks that rise from 0, so that like values are of like height.
pub fn sparkline_from_zero(values: &[f64], width: usize) -> String {
    blocks(&columns(values, width), 0.0)
}

/// Means of neighbouring values, at most `width` of them.
fn columns(values: &[f64], width: usize) -> Vec<f64> {
    let columns = values.len().min(width.max(1));
    let mean = |column: usize| {
        let part = &values[column * values.len() / columns..(column + 1) * values.len() / columns];
        part.iter().sum::<f64>() / part.len() as f64
    };
    (0..columns).map(mean).collect()
}

/// From the height `low` to the highest of the values.
fn blocks(means: &[f64], low: f64) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let finite = || means.iter().copied().filter(|mean| mean.is_finite());
    let high = finite().fold(f64::NEG_INFINITY, f64::max);
    let block = |mean: &f64| {
        if !mean.is_finite() {
            return ' ';
        }
        let place = if high > low {
            (mean - low) / (high - low)
        } else {
            0.5
        };
        BLOCKS[((place * 8.0) as usize).min(7)]
    };
    means.iter().map(block).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_are_seen() {
        assert_eq!(
            sparkline(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], 80),
            "▁▂▃▄▅▆▇█"
        );
        assert_eq!(sparkline(&[8.0, 6.0, 4.0, 2.0, 0.0, 0.0], 3), "█▄▁");
        assert_eq!(sparkline(&[2.0, 2.0], 80), "▅▅");
        assert_eq!(sparkline(&[0.0, f64::NAN, 1.0], 80), "▁ █");
        assert_eq!(sparkline(&[], 80), "");
        assert_eq!(sparkline_from_zero(&[0.0, 4.0, 8.0, 7.9], 80), "▁▅██");
        assert_eq!(sparkline_from_zero(&[1.0, 1.0], 80), "██");
        assert_eq!(sparkline_from_zero(&[0.0, 0.0], 80), "▅▅");
        assert_eq!(sparkline(&[1.0; 500], 60).chars().count(), 60);
    }
}
