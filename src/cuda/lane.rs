//! One stream of work on a device: batches of equal size, one after the other.

use std::sync::Arc;

use cudarc::driver::sys::{CUgraphInstantiate_flags, CUstreamCaptureMode};
use cudarc::driver::{CudaGraph, CudaSlice, CudaStream, LaunchConfig, PinnedHostSlice, PushKernelArg};

use super::CudaError;
use super::error::Doing;
use super::kernels::{Functions, Kernels};
use super::tables::Tables;

/// Threads of a block of `pixel_sums` and of `finish`.
const COMMON_THREADS: u32 = 256;
/// Loads of sixteen pixels that a thread of `pixel_sums` makes: enough to be worth its reduction.
const LOADS_A_THREAD: usize = 4;
/// Sizes and recipes that a lane keeps ready: a full batch of each holds up to 16 MiB of pinned memory.
const SIZES: usize = 4;
/// In the place of an array that there is none of.
const NULL: u64 = 0;

/// A stream, and what it keeps ready for the sizes it saw last.
pub(super) struct Lane {
    kernels: Arc<Kernels>,
    stream: Arc<CudaStream>,
    /// Most recent last.
    ready: Vec<Ready>,
    /// Bytes of device memory that it may take.
    budget: usize,
}

/// Buffers and functions for one size and recipe.
struct Ready {
    /// A full batch from pinned pixels to pinned means. Before the buffers whose addresses it holds, to be dropped first.
    graph: Option<CudaGraph>,
    tables: Arc<Tables>,
    /// Images of a full batch.
    capacity: usize,
    functions: Functions,
    pixels: CudaSlice<u8>,
    sums_of_pixels: CudaSlice<u32>,
    half: CudaSlice<f32>,
    sums: CudaSlice<u64>,
    flags: CudaSlice<u32>,
    means: CudaSlice<f64>,
    row_factors: CudaSlice<f32>,
    column_factors: CudaSlice<f32>,
    weights: Option<[CudaSlice<f32>; 2]>,
    rings: CudaSlice<u16>,
    counts: CudaSlice<f64>,
    pinned_pixels: PinnedHostSlice<u8>,
    pinned_means: PinnedHostSlice<f64>,
    /// Where the pinned buffers begin: they can't be asked for it while a graph is captured.
    pixels_at: *const u8,
    means_at: *mut f64,
}

impl Drop for Ready {
    /// What an error left under way must not outlive its buffers.
    fn drop(&mut self) {
        // An error here is an earlier one, and told.
        let _ = self.pixels.stream().synchronize();
    }
}

impl Lane {
    pub fn new(kernels: Arc<Kernels>, budget: usize) -> Result<Self, CudaError> {
        Ok(Self {
            stream: kernels.stream()?,
            kernels,
            ready: Vec::new(),
            budget,
        })
    }

    /// The ring means of each image: `images` are the pixels to be transformed, no more than `capacity`.
    pub fn run(
        &mut self,
        tables: &Arc<Tables>,
        capacity: usize,
        images: &[&[u8]],
    ) -> Result<Vec<Vec<f64>>, CudaError> {
        let is_for = |ready: &Ready| Arc::ptr_eq(&ready.tables, tables);
        let mut ready = match self.ready.iter().position(is_for) {
            Some(place) => self.ready.remove(place),
            None => self.make_ready(tables, capacity)?,
        };
        let means = ready.run(&self.stream, images);
        self.ready.push(ready);
        means
    }

    /// Buffers for these tables, within the budget.
    fn make_ready(&mut self, tables: &Arc<Tables>, capacity: usize) -> Result<Ready, CudaError> {
        let mut taken: usize = self.ready.iter().map(Ready::bytes).sum();
        while !self.ready.is_empty()
            && (self.ready.len() == SIZES || taken + tables.bytes(capacity) > self.budget)
        {
            taken -= self.ready.remove(0).bytes();
        }
        match Ready::new(&self.stream, &self.kernels, tables, capacity) {
            Err(CudaError::OutOfMemory { .. }) if !self.ready.is_empty() => {
                // Others use the card, too: once more with all that this lane can do without.
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
        const TAKING: &str = "taking memory for a batch";
        let functions = kernels.functions(tables)?;
        let plane = tables.key.width * tables.key.height;
        let sums = capacity * tables.counts.len();
        let copy = |values: &[f32]| stream.clone_htod(values).doing(TAKING);
        let weights = match &tables.weights {
            Some([across, along]) => Some([copy(across)?, copy(along)?]),
            None => None,
        };
        let context = stream.context();
        // SAFETY: of the device's buffers, pixels, half-transformed planes and means are written before they are read,
        // by the copy and the kernels that `enqueue` puts before their readers on this stream; the other three are
        // cleared there. The pinned buffers are filled below.
        let (pixels, half, means, mut pinned_pixels, mut pinned_means) = unsafe {
            (
                stream.alloc(capacity * plane).doing(TAKING)?,
                stream.alloc(capacity * plane).doing(TAKING)?,
                stream.alloc(sums).doing(TAKING)?,
                context
                    .alloc_pinned_with_flags(capacity * plane, 0)
                    .doing(TAKING)?,
                context.alloc_pinned_with_flags(sums, 0).doing(TAKING)?,
            )
        };
        // Written once, so that no reference to them is ever to memory without a value.
        pinned_pixels.as_mut_slice().doing(TAKING)?.fill(0);
        pinned_means.as_mut_slice().doing(TAKING)?.fill(0.0);
        Ok(Self {
            graph: None,
            capacity,
            functions,
            pixels,
            sums_of_pixels: stream.alloc_zeros(capacity).doing(TAKING)?,
            half,
            sums: stream.alloc_zeros(sums).doing(TAKING)?,
            flags: stream.alloc_zeros(capacity).doing(TAKING)?,
            means,
            row_factors: copy(&tables.rows.factors())?,
            column_factors: copy(&tables.columns.factors())?,
            weights,
            rings: stream.clone_htod(&tables.rings).doing(TAKING)?,
            counts: stream.clone_htod(&tables.counts).doing(TAKING)?,
            tables: Arc::clone(tables),
            pixels_at: pinned_pixels.as_mut_ptr().doing(TAKING)?,
            means_at: pinned_means.as_mut_ptr().doing(TAKING)?,
            pinned_pixels,
            pinned_means,
        })
    }

    fn bytes(&self) -> usize {
        self.tables.bytes(self.capacity)
    }

    fn run(&mut self, stream: &Arc<CudaStream>, images: &[&[u8]]) -> Result<Vec<Vec<f64>>, CudaError> {
        const DOING: &str = "working on a batch";
        let plane = self.tables.key.width * self.tables.key.height;
        let staged = self.pinned_pixels.as_mut_slice().doing(DOING)?;
        for (to, image) in staged.chunks_exact_mut(plane).zip(images) {
            to.copy_from_slice(image);
        }
        if images.len() == self.capacity {
            if self.graph.is_none() {
                self.graph = self.captured(stream)?;
            }
            if let Some(graph) = &self.graph {
                graph.launch().doing(DOING)?;
            }
        } else {
            self.enqueue(stream, images.len())?;
        }
        stream.synchronize().doing(DOING)?;
        let rings = self.tables.counts.len();
        let means = self.pinned_means.as_slice().doing(DOING)?;
        Ok(means
            .chunks_exact(rings)
            .take(images.len())
            .map(<[f64]>::to_vec)
            .collect())
    }

    /// A full batch as a graph.
    fn captured(&mut self, stream: &Arc<CudaStream>) -> Result<Option<CudaGraph>, CudaError> {
        const CAPTURING: &str = "capturing a graph";
        // What has been enqueued before must not be waited for inside.
        stream.synchronize().doing(CAPTURING)?;
        stream
            .begin_capture(CUstreamCaptureMode::CU_STREAM_CAPTURE_MODE_THREAD_LOCAL)
            .doing(CAPTURING)?;
        let enqueued = self.enqueue(stream, self.capacity);
        let graph = stream.end_capture(CUgraphInstantiate_flags(0)).doing(CAPTURING);
        enqueued?;
        graph
    }

    /// Everything from the pinned pixels of some images to their pinned means.
    fn enqueue(&mut self, stream: &Arc<CudaStream>, images: usize) -> Result<(), CudaError> {
        const COPYING: &str = "copying a batch";
        const LAUNCHING: &str = "launching kernels";
        let Tables {
            key, rows, columns, ..
        } = &*self.tables;
        let plane = key.width * key.height;
        let rings = self.tables.counts.len();
        let (width, height, pixels, ring_count) =
            (key.width as i32, key.height as i32, plane as i32, rings as i32);
        let config = |blocks: usize, threads: usize, shared: usize| LaunchConfig {
            grid_dim: (blocks as u32, images as u32, 1),
            block_dim: (threads as u32, 1, 1),
            shared_mem_bytes: shared as u32,
        };

        // SAFETY: as many pixels as the pinned buffer has room for, and zeroed or written before; nobody writes to it
        // until the stream has been waited for.
        let staged = unsafe { std::slice::from_raw_parts(self.pixels_at, images * plane) };
        stream
            .memcpy_htod(staged, &mut self.pixels.slice_mut(..images * plane))
            .doing(COPYING)?;
        stream.memset_zeros(&mut self.sums).doing(COPYING)?;
        stream.memset_zeros(&mut self.flags).doing(COPYING)?;

        // SAFETY, here and below: arguments are those of the kernels in `kernels/src`, in their order and of their
        // types; every buffer has room for `capacity` images of the tables' size and `images` is no more; grids,
        // blocks and shared memory are what the kernels' comments ask for. All is on one stream, in order.
        if self.weights.is_some() {
            stream.memset_zeros(&mut self.sums_of_pixels).doing(COPYING)?;
            let mut launch = stream.launch_builder(&self.functions.pixel_sums);
            launch
                .arg(&self.pixels)
                .arg(&mut self.sums_of_pixels)
                .arg(&pixels);
            let blocks = plane.div_ceil(16 * COMMON_THREADS as usize * LOADS_A_THREAD);
            unsafe { launch.launch(config(blocks, COMMON_THREADS as usize, 0)) }.doing(LAUNCHING)?;
        }

        let mut launch = stream.launch_builder(&self.functions.rows);
        launch.arg(&self.pixels).arg(&self.sums_of_pixels);
        match &self.weights {
            Some([across, along]) => launch.arg(across).arg(along),
            None => launch.arg(&NULL).arg(&NULL),
        };
        launch.arg(&self.row_factors).arg(&mut self.half).arg(&height);
        let (blocks, threads) = (key.height / 2 / rows.pairs(), rows.pairs() * rows.threads());
        unsafe { launch.launch(config(blocks, threads, rows.row_memory())) }.doing(LAUNCHING)?;

        let (mode, logarithm) = (self.tables.mode(), i32::from(self.tables.logarithm));
        let mut launch = stream.launch_builder(&self.functions.columns);
        launch.arg(&self.half).arg(&self.column_factors).arg(&self.rings);
        launch.arg(&mut self.sums).arg(&mut self.flags);
        launch.arg(&width).arg(&ring_count).arg(&mode);
        launch.arg(&self.tables.epsilon).arg(&self.tables.scale);
        let (blocks, threads) = (
            key.width / 2 / columns.columns,
            columns.columns * columns.threads(),
        );
        unsafe { launch.launch(config(blocks, threads, columns.column_memory(rings))) }.doing(LAUNCHING)?;

        let unit = 1.0 / f64::from(self.tables.scale);
        let mut launch = stream.launch_builder(&self.functions.finish);
        launch.arg(&self.sums).arg(&self.flags).arg(&self.counts);
        launch.arg(&mut self.means).arg(&ring_count).arg(&logarithm);
        launch.arg(&unit).arg(&self.tables.least);
        unsafe { launch.launch(config(1, COMMON_THREADS as usize, 0)) }.doing(LAUNCHING)?;

        // SAFETY: as above; nobody reads them until the stream has been waited for.
        let answers = unsafe { std::slice::from_raw_parts_mut(self.means_at, images * rings) };
        stream
            .memcpy_dtoh(&self.means.slice(..images * rings), answers)
            .doing(COPYING)
    }
}
