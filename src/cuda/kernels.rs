//! The kernels on one device, compiled by its driver when they are first wanted.

use std::sync::{Arc, Mutex, PoisonError};

use cudarc::driver::sys::CUfunction_attribute;
use cudarc::driver::{CudaContext, CudaFunction, CudaModule, CudaStream};
use cudarc::nvrtc::Ptx;

use super::CudaError;
use super::error::Doing;
use super::shape::{COMMON, Shape, ptx};
use super::tables::Tables;

const LOADING: &str = "loading the kernels";
/// Shared memory that a block has without asking, bytes.
const SHARED_UNLESS_ASKED: usize = 48 << 10;

/// The modules of one device, for all its lanes.
pub(super) struct Kernels {
    context: Arc<CudaContext>,
    common: Arc<CudaModule>,
    of_lengths: Mutex<Vec<(Shape, Arc<CudaModule>)>>,
}

/// The kernels that one size and recipe wants.
pub(super) struct Functions {
    pub pixel_sums: CudaFunction,
    pub rows: CudaFunction,
    pub columns: CudaFunction,
    pub finish: CudaFunction,
}

impl Kernels {
    /// Those for every size; where the driver can't compile them, it can't compile any.
    pub fn new(context: &Arc<CudaContext>) -> Result<Self, CudaError> {
        Ok(Self {
            context: Arc::clone(context),
            common: context.load_module(Ptx::from_src(COMMON)).doing(LOADING)?,
            of_lengths: Mutex::default(),
        })
    }

    pub fn stream(&self) -> Result<Arc<CudaStream>, CudaError> {
        self.context.new_stream().doing("making a stream")
    }

    pub fn functions(&self, tables: &Tables) -> Result<Functions, CudaError> {
        let (rows, columns) = (tables.rows, tables.columns);
        let function = |module: &Arc<CudaModule>, name: &str| module.load_function(name).doing(LOADING);
        let of_columns = function(&self.of_length(columns)?, &format!("columns_{}", columns.length))?;
        let shared = columns.column_memory(tables.counts.len());
        if shared > SHARED_UNLESS_ASKED {
            let attribute = CUfunction_attribute::CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
            of_columns
                .set_attribute(attribute, shared as i32)
                .doing(LOADING)?;
        }
        Ok(Functions {
            pixel_sums: function(&self.common, "pixel_sums")?,
            rows: function(&self.of_length(rows)?, &format!("rows_{}", rows.length))?,
            columns: of_columns,
            finish: function(&self.common, "finish")?,
        })
    }

    fn of_length(&self, shape: Shape) -> Result<Arc<CudaModule>, CudaError> {
        // Compiling takes up to a second: other lanes had better wait for it than do the same.
        let mut modules = self.of_lengths.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, module)) = modules.iter().find(|(of, _)| *of == shape) {
            return Ok(Arc::clone(module));
        }
        let module = self
            .context
            .load_module(Ptx::from_src(ptx(shape)))
            .doing(LOADING)?;
        modules.push((shape, Arc::clone(&module)));
        Ok(module)
    }
}
