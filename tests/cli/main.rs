//! The command `dftective` as its users run it: arguments in; files, streams and an exit code out.

#[cfg(unix)]
mod feeding;
mod support;

mod archives;
mod browser;
mod compare;
mod damaged_images;
mod demo;
mod detector_files;
mod evaluate;
mod experiment;
mod extract;
mod families;
mod found_files;
mod groups;
mod inspect;
#[cfg(unix)]
mod interruption;
#[cfg(unix)]
mod kills;
mod labels;
#[cfg(unix)]
mod messages;
#[cfg(all(unix, feature = "cnn"))]
mod network;
#[cfg(unix)]
mod odd_paths;
#[cfg(unix)]
mod outputs;
#[cfg(unix)]
mod overwriting;
mod pages;
mod resume;
mod score;
mod synth;
mod train;
mod train_errors;
mod usage;
