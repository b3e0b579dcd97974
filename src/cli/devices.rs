//! `dftective devices`.

use dftective::report::{Align, TextTable};

use super::{Outcome, messages};

/// List what can compute spectra
///
/// The processor, and every NVIDIA GPU that the driver finds, by the names that --device takes.
#[derive(clap::Args)]
pub struct Args {}

pub fn run(_: &Args) -> anyhow::Result<Outcome> {
    let mut table = TextTable::new(&[("device", Align::Left), ("what it is", Align::Left)]);
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    table.row(["cpu", &format!("the processor, {threads} threads")]);
    let why_no_gpu = gpus(&mut table);
    messages::print(&table.to_string())?;
    if let Some(why) = why_no_gpu {
        messages::note(&format!("no GPU: {why}"));
    }
    Ok(Outcome::Complete)
}

/// Adds a row for each GPU, or says why there is none.
#[cfg(feature = "cuda")]
fn gpus(table: &mut TextTable) -> Option<String> {
    const GIB: f64 = (1_u64 << 30) as f64;
    let found = match dftective::cuda::devices() {
        Ok(found) => found,
        Err(error) => return Some(error.to_string()),
    };
    for device in &found {
        let (major, minor) = device.capability;
        table.row([
            format!("cuda:{}", device.ordinal),
            format!(
                "{}, {:.1} GiB, {} multiprocessors, compute capability {major}.{minor}",
                device.name,
                device.memory as f64 / GIB,
                device.multiprocessors
            ),
        ]);
    }
    found.is_empty().then(|| "the driver finds none".to_owned())
}

#[cfg(not(feature = "cuda"))]
fn gpus(_: &mut TextTable) -> Option<String> {
    Some(super::device::NOT_BUILT_IN.to_owned())
}
