//! Principal components.

use linfa_linalg::{Order, lobpcg::TruncatedSvd};
use ndarray::{Array2, ArrayView2};
use rand_chacha::ChaCha8Rng;

/// Rows n × d, centred, along their first `count` principal components: n × `count`, by falling variance. A component's
/// sign is arbitrary; its largest coefficient is made positive. `None` where the iteration finds fewer.
pub fn principal_components(rows: ArrayView2<f64>, count: usize, rng: ChaCha8Rng) -> Option<Array2<f64>> {
    let svd = TruncatedSvd::new_with_rng(rows.to_owned(), Order::Largest, rng);
    let (_, _, mut components) = svd.decompose(count).ok()?.values_vectors();
    if components.nrows() < count || components.iter().any(|value| !value.is_finite()) {
        return None;
    }
    for mut component in components.rows_mut() {
        let largest = component
            .iter()
            .copied()
            .max_by(|a, b| a.abs().total_cmp(&b.abs()));
        let sign = largest.unwrap_or(1.0).signum();
        component.mapv_inplace(|coefficient| coefficient * sign);
    }
    Some(rows.dot(&components.t()))
}
