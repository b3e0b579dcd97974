//! The command `dftective` as its users run it: arguments in; files, streams and an exit code out.

#[cfg(unix)]
mod feeding;
mod support;

mod browser;
mod compare;
mod damaged_images;
mod demo;
mod detector_files;
mod evaluate;
mod experiment;
mod extract;
mod families;
mod groups;
mod inspect;
#[cfg(unix)]
mod interruption;
mod labels;
#[cfg(unix)]
mod messages;
#[cfg(all(unix, feature = "cnn"))]
mod network;
#[cfg(unix)]
mod odd_paths;
#[cfg(unix)]
mod outputs;
mod pages;
mod resume;
mod score;
mod synth;
mod train;
mod train_errors;
mod usage;
