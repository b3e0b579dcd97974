//! The kernels on one device, compiled by its driver when they are first wanted.

use std::sync::{Arc, Mutex, PoisonError};

use cudarc::driver::sys::CUfunction_attribute;
use cudarc::driver::{CudaContext, CudaFunction, CudaModule, CudaStream};
use cudarc::nvrtc::Ptx;

use super::CudaError;
use super::error::Doing;
use super::ptx::{COMMON, Kind};
use super::shape::Shape;
use super::tables::Tables;

const LOADING: &str = "loading the kernels";
/// Shared memory that a block has without asking, bytes.
const SHARED_UNLESS_ASKED: usize = 48 << 10;

/// The modules of one device, for all its lanes.
pub(super) struct Kernels {
    context: Arc<CudaContext>,
    common: Arc<CudaModule>,
    of_lengths: Mutex<Vec<(Kind, Shape, Arc<CudaModule>)>>,
    half_precision: bool,
    /// Shared memory that a block may ask for, bytes.
    shared_memory: usize,
}

/// The kernels that one size and recipe need.
pub(super) struct Functions {
    pub kind: Kind,
    pub rows: CudaFunction,
    pub columns: CudaFunction,
    pub finish: CudaFunction,
}

impl Kernels {
    /// Those for every size; where the driver can't compile them, it can't compile any.
    pub fn new(
        context: &Arc<CudaContext>,
        shared_memory: usize,
        half_precision: bool,
    ) -> Result<Self, CudaError> {
        Ok(Self {
            half_precision,
            shared_memory,
            context: Arc::clone(context),
            common: context.load_module(Ptx::from_src(COMMON)).doing(LOADING)?,
            of_lengths: Mutex::default(),
        })
    }

    pub fn stream(&self) -> Result<Arc<CudaStream>, CudaError> {
        self.context.new_stream().doing("making a stream")
    }

    pub fn functions(&self, tables: &Tables) -> Result<Functions, CudaError> {
        let kind = self.kind(tables);
        let (rows, columns) = (tables.rows.shape, tables.columns.shape);
        let function = |module: &Arc<CudaModule>, name: &str| module.load_function(name).doing(LOADING);
        let kernel = |what, shape, shared| {
            let found = function(&self.of_length(kind, shape)?, &kind.kernel(what, shape))?;
            if shared > SHARED_UNLESS_ASKED {
                let attribute = CUfunction_attribute::CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
                // As much as there is: what one size asks for holds for all that share the kernel.
                found
                    .set_attribute(attribute, self.shared_memory as i32)
                    .doing(LOADING)?;
            }
            Ok(found)
        };
        Ok(Functions {
            kind,
            rows: kernel("rows", rows, rows.row_memory())?,
            columns: kernel("columns", columns, columns.column_memory(tables.counts.len()))?,
            finish: function(&self.common, "finish")?,
        })
    }

    fn kind(&self, tables: &Tables) -> Kind {
        if tables.key.has_powers() {
            Kind::Powers {
                half_precision: self.half_precision,
            }
        } else {
            Kind::Any
        }
    }

    fn of_length(&self, kind: Kind, shape: Shape) -> Result<Arc<CudaModule>, CudaError> {
        // Compiling takes up to a second: other lanes had better wait for it than do the same.
        let mut modules = self.of_lengths.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((.., module)) = modules.iter().find(|(is, of, _)| (*is, *of) == (kind, shape)) {
            return Ok(Arc::clone(module));
        }
        let module = self
            .context
            .load_module(Ptx::from_src(kind.ptx(shape)))
            .doing(LOADING)?;
        modules.push((kind, shape, Arc::clone(&module)));
        Ok(module)
    }
}
