use ndarray::Array2;

/// What the solver asks of the kernel matrix K over the active items, in whatever form suits the kernel. A set names
/// items by their place among the active ones.
pub(super) trait Gram {
    /// Least and most items that a working set is worth having, at least 4.
    fn set_sizes(&self) -> (usize, usize);

    /// K over `set`, m × m, row-major.
    fn submatrix(&mut self, set: &[usize]) -> Array2<f64>;

    /// Adds K(active, `set`) · `change` to `gradient`. The set is that of the last [`submatrix`](Self::submatrix).
    fn update(&mut self, set: &[usize], change: &[f64], gradient: &mut [f64]);

    /// Whether leaving items out would save work.
    fn gains_from_shrinking(&self) -> bool;

    /// Keeps only these active items; `kept` rises.
    fn restrict(&mut self, kept: &[usize]);

    /// Makes all n items active. K(missing, all) · `beta` is added to the `gradient`, n long, of the items `missing`.
    fn restore(&mut self, beta: &[f64], missing: &[usize], gradient: &mut [f64]);
}
