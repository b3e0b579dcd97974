//! Principal components.

use linfa_linalg::eigh::{EigSort, EighInto};
use linfa_linalg::qr::QR;
use ndarray::{Array2, ArrayView2, s};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// Directions iterated beyond those wanted, so that the last ones wanted converge as well.
const SPARE: usize = 10;
/// With ten to spare, an iteration takes a direction's error down by the ratio of its variance to the eleventh one's below
/// it: fifty are enough for a map where that ratio is 1.2.
const ITERATIONS: usize = 50;
/// Variance below this part of the largest is rounding.
const NOTHING: f64 = 1e-12;

/// Rows n × d, centred, along their first `count` principal components: n × `count`, by falling variance. A component's
/// sign is arbitrary; its largest coefficient is made positive. `None` where there are fewer, or values are not finite.
///
/// Subspace iteration (Halko, Martinsson, Tropp 2011) on the smaller one of the matrices of inner products, of the rows or
/// of the columns, so that tens of thousands of features cost no more than one such matrix.
pub fn principal_components(rows: ArrayView2<f64>, count: usize, mut rng: ChaCha8Rng) -> Option<Array2<f64>> {
    let is_wide = rows.ncols() > rows.nrows();
    let products = if is_wide {
        rows.dot(&rows.t())
    } else {
        rows.t().dot(&rows)
    };
    let size = products.nrows();
    if count == 0 || count > size || products.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let directions = (count + SPARE).min(size);
    let mut basis = Array2::from_shape_fn((size, directions), |_| StandardNormal.sample(&mut rng));
    for _ in 0..ITERATIONS {
        basis = products.dot(&basis).qr().ok()?.generate_q();
    }
    let inner = basis.t().dot(&products).dot(&basis);
    if inner.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let (variances, turns) = inner.eigh_into().ok()?.sort_eig_desc();
    if variances[count - 1] <= NOTHING * variances[0] {
        return None;
    }
    let vectors = basis.dot(&turns.slice(s![.., ..count]));
    // Of inner products of rows the vectors are the places, but for their length.
    let (mut places, components) = if is_wide {
        let lengths = variances.slice(s![..count]).mapv(f64::sqrt);
        (&vectors * &lengths, rows.t().dot(&vectors))
    } else {
        (rows.dot(&vectors), vectors)
    };
    for (mut place, component) in places.columns_mut().into_iter().zip(components.columns()) {
        let largest = component
            .iter()
            .copied()
            .max_by(|a, b| a.abs().total_cmp(&b.abs()));
        let sign = largest.unwrap_or(1.0).signum();
        place.mapv_inplace(|coefficient| coefficient * sign);
    }
    Some(places)
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};

    use super::*;

    fn rng() -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(3)
    }

    /// Rows n × d whose columns vary less and less.
    fn rows(n: usize, d: usize) -> Array2<f64> {
        let mut rng = rng();
        Array2::from_shape_fn((n, d), |(_, column)| {
            rng.gen_range(-1.0..1.0) * 0.8f64.powi(column as i32)
        })
    }

    /// By the whole eigenvalue problem; a component's sign is left open.
    fn check(rows: &Array2<f64>, count: usize) {
        let found = principal_components(rows.view(), count, rng()).unwrap();
        let (variances, vectors) = rows.t().dot(rows).eigh_into().unwrap().sort_eig_desc();
        for component in 0..count {
            let expected = rows.dot(&vectors.column(component));
            let found = found.column(component);
            let scale = variances[component].sqrt();
            let side = found.dot(&expected).signum();
            let miss = (&found - &(expected * side))
                .mapv(f64::abs)
                .fold(0.0, |a: f64, b| a.max(*b));
            // The spare directions lie a factor of 0.8^(2·10) below in variance, so nothing but rounding is left.
            assert!(miss < 1e-6 * scale, "{component}: {miss} of {scale}");
        }
    }

    #[test]
    fn tall_and_wide_data_have_those_of_the_definition() {
        check(&rows(60, 25), 4);
        check(&rows(20, 45), 4);
        check(&rows(12, 12), 12);
    }

    #[test]
    fn what_has_fewer_components_has_none() {
        let one = Array2::from_shape_fn((30, 5), |(row, column)| row as f64 * (column + 1) as f64);
        assert_eq!(principal_components(one.view(), 2, rng()), None);
        assert!(principal_components(one.view(), 1, rng()).is_some());
        assert_eq!(principal_components(rows(30, 5).view(), 6, rng()), None);
        assert_eq!(principal_components(Array2::zeros((9, 4)).view(), 1, rng()), None);
        let mut spoilt = rows(30, 5);
        spoilt[(3, 2)] = f64::NAN;
        assert_eq!(principal_components(spoilt.view(), 1, rng()), None);
    }
}
