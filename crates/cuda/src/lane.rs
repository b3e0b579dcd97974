//! One stream of work on a device: batches of equal size, one after the other.

use std::sync::Arc;

use cudarc::driver::sys::{CUgraphInstantiate_flags, CUstreamCaptureMode};
use cudarc::driver::{CudaGraph, CudaSlice, CudaStream, LaunchArgs, LaunchConfig, PushKernelArg};

use super::CudaError;
use super::buffers::{Buffers, Sizes, TAKING};
use super::chirp::Chirp;
use super::error::Doing;
use super::kernels::{Functions, Kernels};
use super::ptx::Kind;
use super::tables::{Side, Tables};

/// Threads of a block of `finish`.
const FINISH_THREADS: usize = 1024;
/// Sizes and recipes whose tables a lane keeps on the device.
const SIZES: usize = 16;
/// In the place of an array that there is none of.
const NULL: u64 = 0;

/// A stream, its buffers, and what it keeps ready for the sizes it saw last.
pub(super) struct Lane {
    kernels: Arc<Kernels>,
    stream: Arc<CudaStream>,
    /// Most recent last. Before the buffers, whose addresses graphs hold, to be dropped first.
    ready: Vec<Ready>,
    buffers: Option<Buffers>,
    /// Bytes of device memory that it may take; half of it for the buffers.
    budget: usize,
}

/// Tables and functions for one size and recipe.
struct Ready {
    /// A full batch from pinned pixels to pinned means.
    graph: Option<CudaGraph>,
    tables: Arc<Tables>,
    /// Images of a full batch.
    capacity: usize,
    functions: Functions,
    row_line: Line,
    column_line: Line,
    weights: Option<[CudaSlice<f32>; 2]>,
    radial_bins: CudaSlice<u16>,
    counts: CudaSlice<f64>,
}

/// The tables of a side.
struct Line {
    factors: CudaSlice<f32>,
    /// Chirp and filter, where the side is no power of two.
    chirp: Option<[CudaSlice<f32>; 2]>,
}

impl Line {
    fn new(stream: &Arc<CudaStream>, side: &Side) -> Result<Self, CudaError> {
        let copy = |values: &[f32]| stream.clone_htod(values).doing(TAKING);
        Ok(Self {
            factors: copy(&side.shape.factors())?,
            chirp: match &side.chirp {
                Some(Chirp { chirp, filter }) => Some([copy(chirp)?, copy(filter)?]),
                None => None,
            },
        })
    }

    /// Adds the tables to the arguments of a kernel, as its kind needs them.
    fn put<'a>(&'a self, launch: &mut LaunchArgs<'a>, kind: Kind) {
        launch.arg(&self.factors);
        match (&self.chirp, kind) {
            (Some([chirp, filter]), _) => {
                launch.arg(chirp).arg(filter);
            }
            (None, Kind::Any) => {
                launch.arg(&NULL).arg(&NULL);
            }
            (None, Kind::Powers { .. }) => {}
        }
    }
}

impl Drop for Lane {
    /// What an error left under way must not outlive the buffers.
    fn drop(&mut self) {
        // An error here is an earlier one, and told.
        let _ = self.stream.synchronize();
    }
}

impl Lane {
    pub fn new(kernels: Arc<Kernels>, budget: usize) -> Result<Self, CudaError> {
        Ok(Self {
            stream: kernels.stream()?,
            kernels,
            ready: Vec::new(),
            buffers: None,
            budget,
        })
    }

    /// The radial bin means of each image: `images` are the pixels to be transformed, no more than `capacity`, for which half the
    /// budget is enough.
    pub fn run(
        &mut self,
        tables: &Arc<Tables>,
        capacity: usize,
        images: &[&[u8]],
    ) -> Result<Vec<Vec<f64>>, CudaError> {
        let mut buffers = self.take_buffers(Sizes::of(tables, capacity))?;
        let is_for = |ready: &Ready| Arc::ptr_eq(&ready.tables, tables);
        let mut ready = match self.ready.iter().position(is_for) {
            Some(place) => self.ready.remove(place),
            None => self.make_ready(tables, capacity, buffers.sizes.bytes())?,
        };
        let means = ready.run(&self.stream, &mut buffers, images);
        self.ready.push(ready);
        self.buffers = Some(buffers);
        means
    }

    /// Buffers of at least these sizes.
    fn take_buffers(&mut self, needed: Sizes) -> Result<Buffers, CudaError> {
        let kept = self.buffers.take();
        let sizes = kept.as_ref().map_or(needed, |buffers| buffers.sizes.with(needed));
        if let Some(buffers) = kept {
            if buffers.sizes == sizes {
                return Ok(buffers);
            }
            for ready in &mut self.ready {
                ready.graph = None;
            }
        }
        let sizes = if sizes.bytes() <= self.budget / 2 {
            sizes
        } else {
            needed
        };
        match Buffers::new(&self.stream, sizes) {
            Err(CudaError::OutOfMemory { .. }) => {
                // Others use the card, too: once more with all that this lane can do without.
                self.ready.clear();
                Buffers::new(&self.stream, needed)
            }
            made => made,
        }
    }

    /// Tables on the device, within what `buffers` bytes leave of the budget.
    fn make_ready(
        &mut self,
        tables: &Arc<Tables>,
        capacity: usize,
        buffers: usize,
    ) -> Result<Ready, CudaError> {
        let mut taken: usize = self.ready.iter().map(|ready| ready.tables.bytes()).sum();
        while !self.ready.is_empty()
            && (self.ready.len() == SIZES || buffers + taken + tables.bytes() > self.budget)
        {
            taken -= self.ready.remove(0).tables.bytes();
        }
        match Ready::new(&self.stream, &self.kernels, tables, capacity) {
            Err(CudaError::OutOfMemory { .. }) if !self.ready.is_empty() => {
                self.ready.clear();
                Ready::new(&self.stream, &self.kernels, tables, capacity)
            }
            made => made,
        }
    }
}

impl Ready {
    fn new(
        stream: &Arc<CudaStream>,
        kernels: &Kernels,
        tables: &Arc<Tables>,
        capacity: usize,
    ) -> Result<Self, CudaError> {
        let copy = |values: &[f32]| stream.clone_htod(values).doing(TAKING);
        Ok(Self {
            graph: None,
            capacity,
            functions: kernels.functions(tables)?,
            row_line: Line::new(stream, &tables.rows)?,
            column_line: Line::new(stream, &tables.columns)?,
            weights: match &tables.weights {
                Some([across, along]) => Some([copy(across)?, copy(along)?]),
                None => None,
            },
            radial_bins: stream.clone_htod(&tables.radial_bins).doing(TAKING)?,
            counts: stream.clone_htod(&tables.counts).doing(TAKING)?,
            tables: Arc::clone(tables),
        })
    }

    fn run(
        &mut self,
        stream: &Arc<CudaStream>,
        buffers: &mut Buffers,
        images: &[&[u8]],
    ) -> Result<Vec<Vec<f64>>, CudaError> {
        const DOING: &str = "working on a batch";
        buffers.stage(images, self.tables.pitch())?;
        if images.len() == self.capacity {
            if self.graph.is_none() {
                self.graph = self.captured(stream, buffers)?;
            }
            if let Some(graph) = &self.graph {
                graph.launch().doing(DOING)?;
            }
        } else {
            self.enqueue(stream, buffers, images.len())?;
        }
        stream.synchronize().doing(DOING)?;
        buffers.means(images.len(), self.tables.counts.len())
    }

    /// A full batch as a graph.
    fn captured(
        &self,
        stream: &Arc<CudaStream>,
        buffers: &mut Buffers,
    ) -> Result<Option<CudaGraph>, CudaError> {
        const CAPTURING: &str = "capturing a graph";
        // What has been enqueued before must not be waited for inside.
        stream.synchronize().doing(CAPTURING)?;
        stream
            .begin_capture(CUstreamCaptureMode::CU_STREAM_CAPTURE_MODE_THREAD_LOCAL)
            .doing(CAPTURING)?;
        let enqueued = self.enqueue(stream, buffers, self.capacity);
        let graph = stream.end_capture(CUgraphInstantiate_flags(0)).doing(CAPTURING);
        enqueued?;
        graph
    }

    /// Everything from the pinned pixels of some images to their pinned means.
    fn enqueue(
        &self,
        stream: &Arc<CudaStream>,
        buffers: &mut Buffers,
        images: usize,
    ) -> Result<(), CudaError> {
        const COPYING: &str = "copying a batch";
        const LAUNCHING: &str = "launching kernels";
        let Tables {
            key, rows, columns, ..
        } = &*self.tables;
        let (kind, is_any) = (self.functions.kind, self.functions.kind == Kind::Any);
        let (pitch, radial_bins) = (self.tables.pitch(), self.tables.counts.len());
        let (width, height) = (key.width as i32, key.height as i32);
        let (pixel_pitch, ring_pitch, radial_bin_count) =
            (pitch as i32, self.tables.rings_pitch as i32, radial_bins as i32);
        let config = |blocks: usize, threads: usize, shared: usize| LaunchConfig {
            grid_dim: (blocks as u32, images as u32, 1),
            block_dim: (threads as u32, 1, 1),
            shared_mem_bytes: shared as u32,
        };

        // SAFETY: as many pixels as the pinned buffer has room for, and zeroed or written before; nobody writes to it
        // until the stream has been waited for.
        let staged = unsafe { std::slice::from_raw_parts(buffers.pixels_at, images * pitch) };
        stream
            .memcpy_htod(staged, &mut buffers.pixels.slice_mut(..images * pitch))
            .doing(COPYING)?;

        // SAFETY, here and below: arguments are those of the kernels in `kernels/src`, in their order and of their
        // types; every buffer has room for `capacity` images of the tables' size and `images` is no more; grids,
        // blocks and shared memory are what the kernels' comments ask for. All is on one stream, in order.
        let shape = rows.shape;
        let mut launch = stream.launch_builder(&self.functions.rows);
        launch.arg(&buffers.pixels);
        if is_any {
            launch.arg(&pixel_pitch);
        }
        match &self.weights {
            Some([across, along]) => launch.arg(across).arg(along),
            None => launch.arg(&NULL).arg(&NULL),
        };
        self.row_line.put(&mut launch, kind);
        launch.arg(&mut buffers.half).arg(&mut buffers.row_sums);
        if is_any {
            launch.arg(&width);
        }
        launch.arg(&height);
        let (blocks, threads) = (
            key.height.div_ceil(2).div_ceil(shape.pairs()),
            shape.pairs() * shape.threads(),
        );
        unsafe { launch.launch(config(blocks, threads, shape.row_memory())) }.doing(LAUNCHING)?;

        let shape = columns.shape;
        let (mode, logarithm) = (self.tables.mode(), i32::from(self.tables.logarithm));
        let mut launch = stream.launch_builder(&self.functions.columns);
        launch.arg(&buffers.half);
        self.column_line.put(&mut launch, kind);
        match &self.weights {
            Some([_, along]) => launch.arg(&buffers.row_sums).arg(along),
            None => launch.arg(&NULL).arg(&NULL),
        };
        launch.arg(&self.radial_bins);
        if is_any {
            launch.arg(&ring_pitch);
        }
        launch.arg(&mut buffers.sums).arg(&mut buffers.flags).arg(&width);
        if is_any {
            launch.arg(&height);
        }
        launch.arg(&radial_bin_count).arg(&mode);
        launch.arg(&self.tables.epsilon).arg(&self.tables.scale);
        // Frequency W/2 comes after all whole blocks.
        let (blocks, threads) = (key.width / 2 / shape.columns + 1, shape.columns * shape.threads());
        unsafe { launch.launch(config(blocks, threads, shape.column_memory(radial_bins))) }
            .doing(LAUNCHING)?;

        let unit = 1.0 / f64::from(self.tables.scale);
        let mut launch = stream.launch_builder(&self.functions.finish);
        launch
            .arg(&mut buffers.sums)
            .arg(&mut buffers.flags)
            .arg(&self.counts);
        launch
            .arg(&mut buffers.means)
            .arg(&radial_bin_count)
            .arg(&logarithm);
        launch.arg(&unit).arg(&self.tables.least);
        unsafe { launch.launch(config(1, FINISH_THREADS, 0)) }.doing(LAUNCHING)?;

        // SAFETY: as above; nobody reads them until the stream has been waited for.
        let answers = unsafe { std::slice::from_raw_parts_mut(buffers.means_at, images * radial_bins) };
        stream
            .memcpy_dtoh(&buffers.means.slice(..images * radial_bins), answers)
            .doing(COPYING)
    }
}
