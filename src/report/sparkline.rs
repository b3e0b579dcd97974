//! A curve in a line of text.

/// The values as blocks of rising height from the lowest to the highest, put together to at most `width` columns; a curve
/// without rise is a line of middle height, and values that are not finite are gaps.
pub fn sparkline(values: &[f64], width: usize) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let columns = values.len().min(width.max(1));
    let means: Vec<f64> = (0..columns)
        .map(|column| {
            let part = &values[column * values.len() / columns..(column + 1) * values.len() / columns];
            part.iter().sum::<f64>() / part.len() as f64
        })
        .collect();
    let finite = || means.iter().copied().filter(|mean| mean.is_finite());
    let low = finite().fold(f64::INFINITY, f64::min);
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
        assert_eq!(sparkline(&[1.0; 500], 60).chars().count(), 60);
    }
}
