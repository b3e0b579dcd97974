//! A device at work for many threads.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::JoinHandle;

use crossbeam_channel::{Sender, bounded};
use image::GrayImage;

use super::buffers::Sizes;
use super::kernels::Kernels;
use super::lane::Lane;
use super::tables::{Key, Tables};
use super::{CudaError, Device, device};
use dftective_spectrum::{Accelerator, SpectrumPlan};

/// How a device is used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GpuOptions {
    /// Number of the device, from 0.
    pub ordinal: usize,
    /// Share of the device's memory that may be taken, from 0 to 1.
    pub memory_share: f64,
    /// Streams that work side by side: while one copies, another computes.
    pub streams: usize,
    /// Whether what lies between rows and columns is kept in half precision, where both sides are powers of two. It
    /// takes 10 to 16 % less time on the device. Ring means then miss by some hundredths in units of 20·ln where a column
    /// of the spectrum is far louder than the radial bin, by some thousandths elsewhere (`kernels/NOTES.md`).
    pub half_precision: bool,
}

impl Default for GpuOptions {
    /// The first device, half of its memory, three streams, single precision.
    fn default() -> Self {
        Self {
            ordinal: 0,
            memory_share: 0.5,
            streams: 3,
            half_precision: false,
        }
    }
}

/// An NVIDIA GPU as [`Accelerator`].
///
/// Threads hand in planes and wait; each stream takes up all that wait of one size and recipe, as one batch, so that
/// batches grow with the load and folders of mixed sizes are grouped by themselves. The same plane gives the same bits
/// in any batch. After the first failure, however caused, every plane is left to the processor.
pub struct Gpu {
    device: Device,
    shared: Arc<Shared>,
    lanes: Vec<JoinHandle<()>>,
}

/// What the threads that hand in and those that work share.
struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
    /// Most recent last.
    tables: Mutex<Vec<Arc<Tables>>>,
    failure: OnceLock<CudaError>,
    on_failure: Box<dyn Fn(&CudaError) + Send + Sync>,
    /// Bytes of device memory for each lane.
    budget: usize,
    /// Shared memory that a block may have, bytes.
    shared_memory: usize,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Request>,
    /// Nothing is taken in any more.
    closed: bool,
}

struct Request {
    tables: Arc<Tables>,
    pixels: Vec<u8>,
    /// Dropped without an answer where there is none.
    answer: Sender<Vec<f64>>,
}

/// Tables kept. Those of 1024² take half a megabyte.
const TABLES: usize = 16;
/// Images and pixels of a full batch: enough to fill a device, few enough to come together.
const BATCH_IMAGES: usize = 64;
const BATCH_PIXELS: usize = 1 << 24;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What the locks hold is whole after every statement.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Gpu {
    /// Opens a device. `on_failure` hears of the first failure after that, once.
    ///
    /// # Errors
    /// No driver, no such device, or one that is too old or has no memory left.
    pub fn open(
        options: &GpuOptions,
        on_failure: impl Fn(&CudaError) + Send + Sync + 'static,
    ) -> Result<Self, CudaError> {
        let (device, context) = device::open(options.ordinal)?;
        let kernels = Arc::new(Kernels::new(
            &context,
            device.shared_memory,
            options.half_precision,
        )?);
        let streams = options.streams.max(1);
        let share = options.memory_share.clamp(0.0, 1.0);
        let shared = Arc::new(Shared {
            queue: Mutex::default(),
            changed: Condvar::new(),
            tables: Mutex::default(),
            failure: OnceLock::new(),
            on_failure: Box::new(on_failure),
            budget: (device.memory as f64 * share) as usize / streams,
            shared_memory: device.shared_memory,
        });
        let mut gpu = Self {
            device,
            shared: Arc::clone(&shared),
            lanes: Vec::new(),
        };
        for number in 0..streams {
            let (shared, kernels) = (Arc::clone(&shared), Arc::clone(&kernels));
            let (ready, is_ready) = bounded(1);
            // A graph belongs to one thread, so a lane is made by the thread that keeps it.
            let live = move || {
                let ended = Ended(Arc::clone(&shared));
                let lane = Lane::new(kernels, shared.budget);
                let _ = ready.send(lane.as_ref().map(|_| ()).map_err(CudaError::clone));
                if let Ok(mut lane) = lane {
                    serve(&shared, &mut lane);
                }
                drop(ended);
            };
            let started = std::thread::Builder::new()
                .name(format!("cuda-{number}"))
                .spawn(live);
            let thread_error = |cause: String| CudaError::Thread { cause };
            gpu.lanes
                .push(started.map_err(|error| thread_error(error.to_string()))?);
            is_ready
                .recv()
                .map_err(|_| thread_error("it panicked".to_owned()))??;
        }
        Ok(gpu)
    }

    /// The device.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Why the device no longer works, if so.
    pub fn failure(&self) -> Option<&CudaError> {
        self.shared.failure.get()
    }
}

impl Accelerator for Gpu {
    fn ring_means(&self, plan: &SpectrumPlan, plane: &GrayImage) -> Option<Vec<f64>> {
        let tables = self.shared.tables(plan)?;
        let mut pixels = Vec::with_capacity(tables.key.width * tables.key.height);
        for row in plan.transformed_rows(plane) {
            pixels.extend_from_slice(row);
        }
        let (answer, answered) = bounded(1);
        self.shared.hand_in(Request {
            tables,
            pixels,
            answer,
        });
        answered.recv().ok()
    }
}

impl Drop for Gpu {
    fn drop(&mut self) {
        self.shared.close();
        for lane in self.lanes.drain(..) {
            // A lane that panicked has said so, and all it had to do is done by the processor.
            let _ = lane.join();
        }
    }
}

/// Sees to it that nobody waits for a lane that panicked.
struct Ended(Arc<Shared>);

impl Drop for Ended {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.fail(CudaError::Thread {
                cause: "it panicked".to_owned(),
            });
        }
    }
}

fn serve(shared: &Shared, lane: &mut Lane) {
    while let Some((tables, batch)) = shared.take() {
        let images: Vec<&[u8]> = batch.iter().map(|request| &*request.pixels).collect();
        match lane.run(&tables, shared.capacity(&tables), &images) {
            Ok(answers) => {
                for (request, answer) in batch.iter().zip(answers) {
                    // Whoever asked may have gone.
                    let _ = request.answer.send(answer);
                }
            }
            Err(error) => return shared.fail(error),
        }
    }
}

impl Shared {
    /// Images of a full batch; 0 where not even one fits.
    fn capacity(&self, tables: &Tables) -> usize {
        let pixels = tables.key.width * tables.key.height;
        let wished = (BATCH_PIXELS / pixels).clamp(1, BATCH_IMAGES);
        // The other half is for tables.
        (1..=wished)
            .rev()
            .find(|images| Sizes::of(tables, *images).bytes() <= self.budget / 2)
            .unwrap_or(0)
    }

    /// The tables of a plan; `None` where the processor is to do it.
    fn tables(&self, plan: &SpectrumPlan) -> Option<Arc<Tables>> {
        if self.failure.get().is_some() {
            return None;
        }
        let key = Key::of(plan)?;
        let take_up = |made: Option<Tables>| {
            let mut tables = lock(&self.tables);
            let found = match tables.iter().position(|tables| tables.key == key) {
                Some(place) => tables.remove(place),
                None => Arc::new(made?),
            };
            tables.push(Arc::clone(&found));
            let surplus = tables.len().saturating_sub(TABLES);
            tables.drain(..surplus);
            Some(found)
        };
        // Made outside the lock: two threads may make the same, but only one is kept, as batches go by identity.
        let found = take_up(None).or_else(|| take_up(Tables::new(key.clone(), plan)))?;
        let fits = found.shared_memory() <= self.shared_memory
            && self.capacity(&found) > 0
            && found.bytes() <= self.budget / 2;
        fits.then_some(found)
    }

    /// Puts a request in the queue, or drops it where nobody serves the queue any more.
    fn hand_in(&self, request: Request) {
        let mut queue = lock(&self.queue);
        if !queue.closed {
            queue.waiting.push_back(request);
            self.changed.notify_one();
        }
    }

    /// Waits for work: all that waits with the same tables as the first, up to a full batch. `None` at the end.
    fn take(&self) -> Option<(Arc<Tables>, Vec<Request>)> {
        let mut queue = lock(&self.queue);
        loop {
            if queue.closed {
                return None;
            }
            let Some(first) = queue.waiting.front() else {
                queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let tables = Arc::clone(&first.tables);
            let capacity = self.capacity(&tables);
            let mut batch = Vec::new();
            let mut others = VecDeque::new();
            for request in queue.waiting.drain(..) {
                if batch.len() < capacity && Arc::ptr_eq(&request.tables, &tables) {
                    batch.push(request);
                } else {
                    others.push_back(request);
                }
            }
            queue.waiting = others;
            if !queue.waiting.is_empty() {
                self.changed.notify_one();
            }
            return Some((tables, batch));
        }
    }

    fn close(&self) {
        let mut queue = lock(&self.queue);
        queue.closed = true;
        // Who waits for an answer learns from the dropped request that none will come.
        queue.waiting.clear();
        self.changed.notify_all();
    }

    fn fail(&self, error: CudaError) {
        // Told before anyone goes on without the device.
        self.failure.get_or_init(|| {
            (self.on_failure)(&error);
            error
        });
        self.close();
    }
}
