//! Names of features.

use super::BINS;
use super::counts::DISTANCES;

/// `PREFIX_yY_xX_vV`: of the responses Y rows and X columns from the nearest block edge, those of value V.
pub fn by_class(prefix: &str) -> impl Iterator<Item = String> {
    let classes = (0..DISTANCES).flat_map(|y| (0..DISTANCES).map(move |x| (y, x)));
    classes.flat_map(move |(y, x)| values(&format!("{prefix}_y{y}_x{x}")))
}

/// `PREFIX_vV`: the responses of value V.
pub fn values(prefix: &str) -> Vec<String> {
    (0..BINS).map(|value| format!("{prefix}_v{value}")).collect()
}

/// Vertical and horizontal frequency of the kernel in a name that goes on with `kK_lL_` after the prefix.
pub fn frequency(column: &str, prefix: &str) -> Option<(u8, u8)> {
    let (vertical, rest) = column.strip_prefix(prefix)?.strip_prefix('k')?.split_once("_l")?;
    let (horizontal, _) = rest.split_once('_')?;
    Some((vertical.parse().ok()?, horizontal.parse().ok()?))
}
