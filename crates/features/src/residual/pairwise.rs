//! A mean in single precision, in NumPy's order.

/// Adds values as NumPy's `sum` does: in eight columns up to 128 values, by halves beyond.
pub fn sum(values: &[f32]) -> f32 {
    const COLUMNS: usize = 8;
    if values.len() < COLUMNS {
        return values.iter().fold(0.0, |sum, value| sum + value);
    }
    if values.len() > 128 {
        let half = values.len() / 2;
        let (low, high) = values.split_at(half - half % COLUMNS);
        return sum(low) + sum(high);
    }
    let (rows, rest) = values.as_chunks::<COLUMNS>();
    let mut sums = [0.0; COLUMNS];
    for row in rows {
        for (sum, value) in sums.iter_mut().zip(row) {
            *sum += value;
        }
    }
    let [a, b, c, d, e, f, g, h] = sums;
    let eight = ((a + b) + (c + d)) + ((e + f) + (g + h));
    rest.iter().fold(eight, |sum, value| sum + value)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `(np.arange(n) * 7919 % 10007 * 0.37).astype("f4").sum()`, NumPy 2.4.6.
    #[test]
    fn sums_are_those_of_numpy() {
        for (count, expected) in [
            (0, 0.0),
            (5, 7_084.760_3),
            (8, 15_394.221),
            (100, 185_732.97),
            (128, 237_190.72),
            (129, 238_272.97),
            (249, 461_345.97),
            (1000, 1852612.5),
            (1017, 1_880_404.4),
        ] {
            let value = |index: u64| (((index * 7919) % 10007) as f64 * 0.37) as f32;
            let values: Vec<f32> = (0..count).map(value).collect();
            assert_eq!(sum(&values), expected, "{count}");
        }
    }
}
