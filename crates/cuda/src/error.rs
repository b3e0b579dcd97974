//! Why a GPU can't be used.

use cudarc::driver::DriverError;
use cudarc::driver::sys::CUresult;

/// Why a GPU can't be used, or can't any longer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CudaError {
    /// The driver's library is not there.
    #[error("no NVIDIA driver: its library ({}) was not found", if cfg!(windows) { "nvcuda.dll" } else { "libcuda.so.1" })]
    NoDriver,
    /// The driver is older than the kernels.
    #[error("the NVIDIA driver is for CUDA {}.{}, and 12.0 (R525) is needed", .version / 1000, .version % 1000 / 10)]
    OldDriver {
        /// 1000·major + 10·minor.
        version: i32,
    },
    /// Fewer devices than asked for.
    #[error("no CUDA device {asked}: the driver finds {}", match .found { 0 => "none".to_owned(), found => format!("{found}, counted from 0") })]
    NoDevice {
        /// The device asked for, from 0.
        asked: usize,
        /// How many there are.
        found: usize,
    },
    /// The device is older than the kernels.
    #[error("{name} has compute capability {}.{}, and 7.0 is needed", .capability.0, .capability.1)]
    OldDevice {
        /// The device's name.
        name: String,
        /// Its compute capability, major and minor.
        capability: (i32, i32),
    },
    /// The device has too little memory left.
    #[error("out of GPU memory while {doing}")]
    OutOfMemory {
        /// What was under way.
        doing: &'static str,
    },
    /// The driver reports an error.
    #[error("CUDA error while {doing}: {name} ({text})")]
    Driver {
        /// What was under way.
        doing: &'static str,
        /// The driver's name of the error.
        name: String,
        /// What it says of it.
        text: String,
    },
    /// A thread that serves the device could not be started, or panicked.
    #[error("a thread that serves the GPU ended: {cause}")]
    Thread {
        /// What is known of it.
        cause: String,
    },
}

/// What a driver's result says of what was being done.
pub(super) trait Doing<T> {
    /// Names what was under way when it failed.
    fn doing(self, doing: &'static str) -> Result<T, CudaError>;
}

impl<T> Doing<T> for Result<T, DriverError> {
    fn doing(self, doing: &'static str) -> Result<T, CudaError> {
        self.map_err(|error| {
            if error.0 == CUresult::CUDA_ERROR_OUT_OF_MEMORY {
                return CudaError::OutOfMemory { doing };
            }
            let text = |text: Result<&std::ffi::CStr, _>| {
                text.map_or("unknown".into(), |text| text.to_string_lossy())
                    .into_owned()
            };
            CudaError::Driver {
                doing,
                name: text(error.error_name()),
                text: text(error.error_string()),
            }
        })
    }
}
