//! Which devices there are.

use std::sync::Arc;

use cudarc::driver::sys::{self, CUdevice_attribute as Attribute};
use cudarc::driver::{CudaContext, DriverError, result};

use super::CudaError;
use super::error::Doing;

/// An NVIDIA GPU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Number, from 0, as after `cuda:`.
    pub ordinal: usize,
    /// The maker's name.
    pub name: String,
    /// Compute capability, major and minor.
    pub capability: (i32, i32),
    /// Memory, bytes.
    pub memory: usize,
    /// Streaming multiprocessors.
    pub multiprocessors: i32,
    /// Shared memory that a block may ask for, bytes.
    pub(super) shared_memory: usize,
}

/// PTX 8.0 wants a driver of CUDA 12.0 or later.
const OLDEST_DRIVER: i32 = 12_000;
/// What the PTX was made for.
const OLDEST_CAPABILITY: (i32, i32) = (7, 0);

/// The devices that the driver finds; none is no error.
///
/// # Errors
/// [`CudaError::NoDriver`], [`CudaError::OldDriver`], or what the driver reports.
pub fn devices() -> Result<Vec<Device>, CudaError> {
    start_driver()?;
    let count = match result::device::get_count() {
        Err(DriverError(sys::CUresult::CUDA_ERROR_NO_DEVICE)) => 0,
        count => count.doing("counting devices")?,
    };
    (0..count.max(0) as usize).map(describe).collect()
}

/// Loads the driver, once it is known that doing so can't panic.
fn start_driver() -> Result<(), CudaError> {
    // SAFETY: loading a library runs its initialisers, and the driver's are meant to be run so.
    if !unsafe { sys::is_culib_present() } {
        return Err(CudaError::NoDriver);
    }
    let mut version = 0;
    // SAFETY: the pointer is to an integer that outlives the call, which may be made before `cuInit`.
    unsafe { sys::cuDriverGetVersion(&mut version) }
        .result()
        .doing("asking for the driver's version")?;
    if version < OLDEST_DRIVER {
        return Err(CudaError::OldDriver { version });
    }
    match result::init() {
        // A driver without devices says so at once; they are counted by those who want one.
        Err(DriverError(sys::CUresult::CUDA_ERROR_NO_DEVICE)) => Ok(()),
        started => started.doing("starting the driver"),
    }
}

fn describe(ordinal: usize) -> Result<Device, CudaError> {
    const DOING: &str = "asking for a device's properties";
    let device = result::device::get(ordinal as i32).doing(DOING)?;
    // SAFETY: `device` comes from the driver, as every attribute and the memory asked for below require.
    let attribute = |attribute| unsafe { result::device::get_attribute(device, attribute) }.doing(DOING);
    Ok(Device {
        ordinal,
        name: result::device::get_name(device).doing(DOING)?,
        capability: (
            attribute(Attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)?,
            attribute(Attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR)?,
        ),
        // SAFETY: as above.
        memory: unsafe { result::device::total_mem(device) }.doing(DOING)?,
        multiprocessors: attribute(Attribute::CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT)?,
        shared_memory: attribute(Attribute::CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN)?.max(0)
            as usize,
    })
}

/// The device of that number, ready for work.
pub(super) fn open(ordinal: usize) -> Result<(Device, Arc<CudaContext>), CudaError> {
    let mut found = devices()?;
    if ordinal >= found.len() {
        return Err(CudaError::NoDevice {
            asked: ordinal,
            found: found.len(),
        });
    }
    let device = found.swap_remove(ordinal);
    if device.capability < OLDEST_CAPABILITY {
        return Err(CudaError::OldDevice {
            name: device.name,
            capability: device.capability,
        });
    }
    const OPENING: &str = "opening the device";
    let handle = result::device::get(ordinal as i32).doing(OPENING)?;
    let flags = sys::CUctx_flags::CU_CTX_SCHED_BLOCKING_SYNC as u32;
    // Lanes wait without taking a core from those who decode.
    // SAFETY: the handle comes from the driver, the flag is one of its own.
    unsafe { sys::cuDevicePrimaryCtxSetFlags_v2(handle, flags) }
        .result()
        .doing(OPENING)?;
    let context = CudaContext::new(ordinal).doing(OPENING)?;
    // SAFETY: no buffer is ever used on two streams: each lane has a stream and buffers of its own. Without tracking,
    // work can be captured in graphs.
    unsafe { context.disable_event_tracking() };
    Ok((device, context))
}
