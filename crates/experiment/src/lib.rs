//! Published experiments, run again: what stands in the paper beside what is measured here.
//!
//! An [`Experiment`] is a TOML file: where the data come from and how they are laid out, the recipe, the classifiers
//! with their parameters, the splits, and the published numbers with their source. Those of the paper are part of the
//! library ([`Experiment::built_in`]). [`Experiment::find`] looks at what a path holds of the data;
//! [`Experiment::measure`] fits every classifier on every split; a [`Record`] is all of it, as JSON by `serde` and as
//! tables by its `Display`.
//!
//! # What is measured
//!
//! Each classifier calls an item fake where its margin is at least 0, as in the paper. The accuracy is the mean over the
//! splits of a [`Protocol`]. An item may be tested in several of them; the 95 % interval is a bootstrap that draws
//! *items* (or whole videos, where the data say which frames are one), so that testing an item again makes it no narrower. Where every test came out the same, which a
//! bootstrap cannot judge, it is Wilson's interval over the items tested.
//!
//! # What it is worth
//!
//! [`LeakCheck`] asks how far the width, the height, the format or the JPEG quality of a file alone would come on the
//! same splits. Where that is as far as the spectrum, the data cannot show that anything was detected.

mod calibrated;
mod cost;
mod cost_table;
mod data;
mod description;
mod error;
mod fields;
mod figures;
mod leak;
mod left_out;
mod measure;
mod network;
mod outcome;
mod page;
mod paired;
mod plan;
mod pooled;
mod protocol;
mod record;
mod run;
mod sources;
mod tested;
mod text;

#[cfg(test)]
mod tests;

pub use calibrated::Calibrated;
pub use cost::Cost;
pub use data::{Data, Found};
pub use description::{
    Classifier, DataDescription, Experiment, Folder, Part, PickleFile, Pickles, Published, Unit,
};
pub use error::ExperimentError;
pub use figures::experiment_figures;
pub use leak::{LeakCheck, PropertyResult};
pub use left_out::LeftOut;
pub use measure::{Comparison, Measured, Repetition};
pub use page::experiment_page;
pub use paired::Paired;
pub use pooled::Pooled;
pub use protocol::Protocol;
pub use record::{DataRecord, Record};
pub use run::{Measurements, NotMeasured};
pub use sources::SourceAccuracy;
