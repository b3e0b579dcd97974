//! `--device`: where spectra are computed.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use dftective::features::Selection;
use dftective::spectrum::{Accelerator, Precision};

use super::messages;

/// What may compute spectra.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choice {
    /// The first GPU if there is one, else the processor.
    Auto,
    Processor,
    /// The GPU of that number.
    Cuda(usize),
}

impl FromStr for Choice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || "expected auto, cpu, cuda or cuda:N, N a device's number from 0".to_owned();
        match text {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Processor),
            "cuda" => Ok(Self::Cuda(0)),
            _ => {
                let number = text.strip_prefix("cuda:").ok_or_else(expected)?;
                number.parse().map(Self::Cuda).map_err(|_| expected())
            }
        }
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Processor => f.write_str("cpu"),
            Self::Cuda(number) => write!(f, "cuda:{number}"),
        }
    }
}

/// Where spectra are computed.
#[derive(clap::Args)]
pub struct DeviceArgs {
    /// Where spectra are computed: cpu, auto (an NVIDIA GPU if there is one), or cuda[:N] (see `dftective devices`). A GPU
    /// takes half a second to start and up to half of its memory [default: cpu]
    #[arg(long, value_name = "DEVICE")]
    device: Option<Choice>,
}

/// A device taken into service.
pub type Helper = Option<Arc<dyn Accelerator>>;

impl DeviceArgs {
    /// The device asked for, for any of these features; `None` for the processor. Says what `auto` came to.
    ///
    /// # Errors
    /// A GPU asked for that can't be had.
    pub fn open<'a>(&self, selections: impl IntoIterator<Item = &'a Selection>) -> anyhow::Result<Helper> {
        let choice = self.device.unwrap_or(Choice::Processor);
        let ordinal = match choice {
            Choice::Processor => return Ok(None),
            Choice::Auto => 0,
            Choice::Cuda(ordinal) => ordinal,
        };
        let helps = selections
            .into_iter()
            .any(|each| each.has_recipe() && each.recipe().precision == Precision::F32);
        let found = match choice {
            Choice::Auto if !helps => Err("a GPU computes spectra in single precision only".to_owned()),
            _ => gpu(ordinal),
        };
        match found {
            Ok((helper, name)) => {
                if choice == Choice::Auto {
                    messages::note(&format!("--device auto: cuda:{ordinal}, {name}"));
                }
                if !helps {
                    messages::warning(
                        "the processor computes these features: a GPU has spectra in single precision only \
                         (--precision f32)",
                    );
                }
                Ok(Some(helper))
            }
            Err(why) if choice == Choice::Auto => {
                messages::note(&format!("--device auto: the processor, because {why}"));
                Ok(None)
            }
            Err(why) => anyhow::bail!("--device {choice}: {why}"),
        }
    }
}

/// The GPU and its name, or why there is none.
#[cfg(feature = "cuda")]
fn gpu(ordinal: usize) -> Result<(Arc<dyn Accelerator>, String), String> {
    use dftective::cuda::{CudaError, Gpu, GpuOptions};

    let options = GpuOptions {
        ordinal,
        ..GpuOptions::default()
    };
    let on_failure = move |error: &CudaError| {
        messages::warning(&format!(
            "cuda:{ordinal} failed ({error}); the processor does the rest"
        ));
    };
    let gpu = Gpu::open(&options, on_failure).map_err(|error| error.to_string())?;
    let name = gpu.device().name.clone();
    Ok((Arc::new(gpu), name))
}

#[cfg(not(feature = "cuda"))]
fn gpu(_: usize) -> Result<(Arc<dyn Accelerator>, String), String> {
    Err(NOT_BUILT_IN.to_owned())
}

/// What a program without the feature says of GPUs.
#[cfg(not(feature = "cuda"))]
pub const NOT_BUILT_IN: &str =
    "this program was built without the feature 'cuda' (cargo install --path . --features cuda)";
