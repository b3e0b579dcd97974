//! One stream of work on a device: batches of equal size, one after the other.

use std::sync::Arc;

use cudarc::driver::sys::{CUgraphInstantiate_flags, CUstreamCaptureMode};
use cudarc::driver::{
    CudaGraph, CudaSlice, CudaStream, LaunchArgs, LaunchConfig, PinnedHostSlice, PushKernelArg,
};

use super::CudaError;
use super::chirp::Chirp;
use super::error::Doing;
use super::kernels::{Functions, Kernels};
use super::ptx::Kind;
use super::tables::{Side, Tables};

/// Threads of a block of `finish`.
const FINISH_THREADS: usize = 1024;
/// Sizes and recipes that a lane keeps ready: a full batch of each holds up to 16 MiB of pinned memory.
const SIZES: usize = 4;
const TAKING: &str = "taking memory for a batch";
/// In the place of an array that there is none of.
const NULL: u64 = 0;

const HALF_PRECISION: Kind = Kind::Powers { half_precision: true };

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
    row_sums: CudaSlice<u32>,
    half: CudaSlice<f32>,
    sums: CudaSlice<u64>,
    flags: CudaSlice<u32>,
    means: CudaSlice<f64>,
    row_line: Line,
    column_line: Line,
    weights: Option<[CudaSlice<f32>; 2]>,
    rings: CudaSlice<u16>,
    counts: CudaSlice<f64>,
    pinned_pixels: PinnedHostSlice<u8>,
    pinned_means: PinnedHostSlice<f64>,
    /// Where the pinned buffers begin: they can't be asked for it while a graph is captured.
    pixels_at: *const u8,
    means_at: *mut f64,
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

    /// Adds the tables to the arguments of a kernel, as its kind wants them.
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
        let functions = kernels.functions(tables)?;
        let pixels = capacity * tables.pitch();
        let half = capacity * tables.half_values() * if functions.kind == HALF_PRECISION { 1 } else { 2 };
        let sums = capacity * tables.counts.len();
        let copy = |values: &[f32]| stream.clone_htod(values).doing(TAKING);
        let weights = match &tables.weights {
            Some([across, along]) => Some([copy(across)?, copy(along)?]),
            None => None,
        };
        let context = stream.context();
        // SAFETY: pixels, half-transformed planes, sums of rows and means are written before they are read, by the copy and
        // the kernels that `enqueue` puts before their readers on this stream. The pinned buffers are filled below.
        let (row_sums, half, means, mut pinned_pixels, mut pinned_means) = unsafe {
            (
                stream.alloc(capacity * tables.key.height).doing(TAKING)?,
                stream.alloc(half).doing(TAKING)?,
                stream.alloc(sums).doing(TAKING)?,
                context.alloc_pinned_with_flags(pixels, 0).doing(TAKING)?,
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
            // SAFETY: as above.
            pixels: unsafe { stream.alloc(pixels) }.doing(TAKING)?,
            row_sums,
            half,
            // The last kernel of every batch leaves sums and flags zero for the next.
            sums: stream.alloc_zeros(sums).doing(TAKING)?,
            flags: stream.alloc_zeros(capacity).doing(TAKING)?,
            means,
            row_line: Line::new(stream, &tables.rows)?,
            column_line: Line::new(stream, &tables.columns)?,
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
        let staged = self.pinned_pixels.as_mut_slice().doing(DOING)?;
        for (to, image) in staged.chunks_exact_mut(self.tables.pitch()).zip(images) {
            to[..image.len()].copy_from_slice(image);
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
        let (kind, is_any) = (self.functions.kind, self.functions.kind == Kind::Any);
        let (pitch, rings) = (self.tables.pitch(), self.tables.counts.len());
        let (width, height) = (key.width as i32, key.height as i32);
        let (pixel_pitch, ring_pitch, ring_count) =
            (pitch as i32, self.tables.rings_pitch as i32, rings as i32);
        let config = |blocks: usize, threads: usize, shared: usize| LaunchConfig {
            grid_dim: (blocks as u32, images as u32, 1),
            block_dim: (threads as u32, 1, 1),
            shared_mem_bytes: shared as u32,
        };

        // SAFETY: as many pixels as the pinned buffer has room for, and zeroed or written before; nobody writes to it
        // until the stream has been waited for.
        let staged = unsafe { std::slice::from_raw_parts(self.pixels_at, images * pitch) };
        stream
            .memcpy_htod(staged, &mut self.pixels.slice_mut(..images * pitch))
            .doing(COPYING)?;

        // SAFETY, here and below: arguments are those of the kernels in `kernels/src`, in their order and of their
        // types; every buffer has room for `capacity` images of the tables' size and `images` is no more; grids,
        // blocks and shared memory are what the kernels' comments ask for. All is on one stream, in order.
        let shape = rows.shape;
        let mut launch = stream.launch_builder(&self.functions.rows);
        launch.arg(&self.pixels);
        if is_any {
            launch.arg(&pixel_pitch);
        }
        match &self.weights {
            Some([across, along]) => launch.arg(across).arg(along),
            None => launch.arg(&NULL).arg(&NULL),
        };
        self.row_line.put(&mut launch, kind);
        launch.arg(&mut self.half).arg(&mut self.row_sums);
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
        launch.arg(&self.half);
        self.column_line.put(&mut launch, kind);
        match &self.weights {
            Some([_, along]) => launch.arg(&self.row_sums).arg(along),
            None => launch.arg(&NULL).arg(&NULL),
        };
        launch.arg(&self.rings);
        if is_any {
            launch.arg(&ring_pitch);
        }
        launch.arg(&mut self.sums).arg(&mut self.flags).arg(&width);
        if is_any {
            launch.arg(&height);
        }
        launch.arg(&ring_count).arg(&mode);
        launch.arg(&self.tables.epsilon).arg(&self.tables.scale);
        // Frequency W/2 comes after all whole blocks.
        let (blocks, threads) = (key.width / 2 / shape.columns + 1, shape.columns * shape.threads());
        unsafe { launch.launch(config(blocks, threads, shape.column_memory(rings))) }.doing(LAUNCHING)?;

        let unit = 1.0 / f64::from(self.tables.scale);
        let mut launch = stream.launch_builder(&self.functions.finish);
        launch.arg(&mut self.sums).arg(&mut self.flags).arg(&self.counts);
        launch.arg(&mut self.means).arg(&ring_count).arg(&logarithm);
        launch.arg(&unit).arg(&self.tables.least);
        unsafe { launch.launch(config(1, FINISH_THREADS, 0)) }.doing(LAUNCHING)?;

        // SAFETY: as above; nobody reads them until the stream has been waited for.
        let answers = unsafe { std::slice::from_raw_parts_mut(self.means_at, images * rings) };
        stream
            .memcpy_dtoh(&self.means.slice(..images * rings), answers)
            .doing(COPYING)
    }
}
