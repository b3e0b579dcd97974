//! Classical spectral detectors for generated and manipulated images.

pub mod batch;
pub mod classify;
pub mod dataset;
pub mod decode;
pub mod detector;
pub mod evaluate;
pub mod features;
pub mod report;
pub mod spectrum;
pub mod synth;
pub mod table;

pub mod whole_file;
