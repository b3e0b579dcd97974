//! The command on the stand-in driver.

use super::Case;

pub const CASES: [Case; 0] = [];
