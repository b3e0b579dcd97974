//! A mean in single precision, in NumPy's order.

/// Adds values as NumPy's `sum` does: in eight columns up to 128 values, by halves beyond.
pub fn sum(values: &[f32]) -> f32 {
    const COLUMNS: usize = 8;
    if values.len() < COLUMNS {
        return values.iter().sum();
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
