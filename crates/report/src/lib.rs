//! Results as people read them.
//!
//! An [`Evaluation`] is one record of how a detector did: serialised (serde) it is the JSON of the command, displayed
//! it is tables for a terminal, and [`evaluation_page`] makes a page of HTML of it. A [`Comparison`] is the same of two
//! detectors, and an [`Inspection`] of one image, with [`Views`] of it. Pages compute nothing: what they
//! show is in the record. They are one file each, hold no script and load nothing.
//!
//! [`draw`] has figures in general, [`figures`] those of the records. [`TextTable`] and the number formats are shared by
//! everything displayed.

mod comparison;
mod data_summary;
pub mod draw;
mod embedding;
mod evaluation;
pub mod figures;
mod inspection;
pub(crate) mod members;
mod mistakes;
mod one_line;
pub mod page;
mod schema_version;
mod sparkline;
mod spectra;
mod table;
mod videos;
mod views;

pub use comparison::{Agreement, ComparedDetector, Comparison, Disagreement, ScorePairs};
pub use data_summary::{DataSummary, Extent, SIZES, SizeCount, SourceSummary};
pub use dftective_evaluate::{
    metric_difference, metric_value, p_value, percent, percent_with_interval, three_decimals,
    three_decimals_with_interval,
};
pub use embedding::{Embedding, NEAREST, NeighbourMap, SAMPLE};
pub use evaluation::{Evaluation, HISTOGRAM_BINS, ScoresFrom};
pub use inspection::{
    BandContribution, FineDetail, InspectedJudgement, InspectedProfile, Inspection, SpectrumView,
    deviations_above,
};
pub use members::MemberResult;
pub use mistakes::{MISTAKES, Mistake};
pub use one_line::one_line;
pub use page::{comparison_page, evaluation_page, inspection_page};
pub use schema_version::{NewerSchema, SchemaVersion};
pub use sparkline::{sparkline, sparkline_from_zero};
pub use spectra::{MeanSpectrum, POINTS, SOURCES, Spectra, unit};
pub use table::{Align, TextTable};
pub use videos::Videos;
pub use views::{Picture, Views};
