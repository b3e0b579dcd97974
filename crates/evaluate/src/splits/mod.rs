//! Parts to learn from and parts to measure on, with nothing on both sides.

mod fixed;
mod hold_out;
mod repeated;
mod sources;
mod stratified;
mod subsets;

pub use fixed::{fixed_hold_out, item_numbers};
pub use hold_out::HoldOut;
pub use repeated::{repeated_hold_outs, repetition_seed};
pub use sources::{SourceHoldOut, leave_one_source_out};
pub use stratified::{stratified_folds, stratified_hold_out};
pub use subsets::nested_subsets;
