//! An open adapter: its buffers, its errors, and waiting for its work.

use super::GpuError;
use super::error::one_line;
use core::ops::Range;
use core::time::Duration;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};

/// How long a wait may take before it looks whether the device was lost.
const PATIENCE: Duration = Duration::from_millis(500);

/// An open adapter. What fails behind its back is kept, and given back by [`check`](Device::check).
#[derive(Debug)]
pub(crate) struct Device {
    pub(crate) raw: wgpu::Device,
    pub(crate) queue: wgpu::Queue,
    limits: wgpu::Limits,
    failure: Failure,
}

/// The first failure that no call could return.
#[derive(Debug, Clone, Default)]
struct Failure(Arc<Mutex<Option<GpuError>>>);

impl Failure {
    /// Keeps an error, unless there is one already; the loss of the device takes the place of any other.
    fn keep(&self, error: GpuError) {
        let mut slot = lock(&self.0);
        if slot.is_none() || matches!(error, GpuError::Lost { .. }) {
            *slot = Some(error);
        }
    }
}

/// The content of a mutex, also after a panic: what Loom keeps in one is whole at any time.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Device {
    /// Opens an adapter with all that it allows, or with the defaults where it does not hold to that.
    pub(super) fn open(adapter: &wgpu::Adapter) -> Result<Self, GpuError> {
        let timestamps = wgpu::Features::TIMESTAMP_QUERY
            | wgpu::Features::TIMESTAMP_QUERY_INSIDE_ENCODERS
            | wgpu::Features::TIMESTAMP_QUERY_INSIDE_PASSES;
        let request = |required_features, required_limits| {
            pollster::block_on(adapter.request_device(&wgpu::DeviceDescriptor {
                label: Some("loom"),
                required_features,
                required_limits,
                ..Default::default()
            }))
        };
        let (raw, queue) = request(adapter.features() & timestamps, adapter.limits())
            .or_else(|_| request(wgpu::Features::empty(), wgpu::Limits::default()))
            .map_err(|error| GpuError::Request { message: one_line(&error.to_string()) })?;
        let failure = Failure::default();
        let lost = failure.clone();
        raw.set_device_lost_callback(move |_, reason| lost.keep(GpuError::Lost { reason: one_line(&reason) }));
        let uncaptured = failure.clone();
        raw.on_uncaptured_error(Arc::new(move |error| uncaptured.keep(GpuError::uncaptured(&error))));
        Ok(Device { limits: raw.limits(), raw, queue, failure })
    }

    /// The first failure that no call could return, if there was one.
    pub(super) fn check(&self) -> Result<(), GpuError> {
        let failure = || lock(&self.failure.0).clone();
        let Some(first) = failure() else { return Ok(()) };
        // What is used after a loss is refused before the loss itself is told.
        let _ = catch_unwind(AssertUnwindSafe(|| self.raw.poll(wgpu::PollType::Poll)));
        Err(failure().unwrap_or(first))
    }

    /// What `make` makes, or the first error of these kinds that it raises on this thread.
    pub(super) fn scoped<T>(&self, kinds: &[wgpu::ErrorFilter], make: impl FnOnce() -> T) -> Result<T, wgpu::Error> {
        let mut scopes: Vec<_> = kinds.iter().map(|&kind| self.raw.push_error_scope(kind)).collect();
        let made = make();
        let mut first = None;
        while let Some(scope) = scopes.pop() {
            first = pollster::block_on(scope.pop()).or(first);
        }
        first.map_or(Ok(made), Err)
    }

    /// A buffer of at least so many bytes, zeroed; a whole number of words, so that all of it can be copied and bound.
    pub(super) fn buffer(&self, what: &str, bytes: u64, usage: wgpu::BufferUsages) -> Result<wgpu::Buffer, GpuError> {
        self.check()?;
        let storage = usage.contains(wgpu::BufferUsages::STORAGE);
        let bound = if storage { self.limits.max_storage_buffer_binding_size } else { u64::MAX };
        let limit = self.limits.max_buffer_size.min(bound);
        let size = bytes.max(4).checked_next_multiple_of(4).filter(|&size| size <= limit);
        let Some(size) = size else { return Err(GpuError::TooLarge { what: what.to_owned(), bytes, limit }) };
        let descriptor = wgpu::BufferDescriptor { label: Some(what), size, usage, mapped_at_creation: false };
        let kinds = [wgpu::ErrorFilter::OutOfMemory, wgpu::ErrorFilter::Validation];
        let buffer = self.scoped(&kinds, || self.raw.create_buffer(&descriptor)).map_err(|error| match error {
            wgpu::Error::OutOfMemory { .. } => GpuError::OutOfMemory { what: what.to_owned(), bytes },
            error => GpuError::uncaptured(&error),
        })?;
        self.check()?;
        Ok(buffer)
    }

    /// The bytes of a range of a buffer with `COPY_SRC`, after all work submitted so far.
    pub(super) fn read(&self, buffer: &wgpu::Buffer, range: Range<u64>) -> Result<Vec<u8>, GpuError> {
        if range.start > range.end || range.end > buffer.size() {
            let message = format!("bytes {range:?} of a buffer of {}", buffer.size());
            return Err(GpuError::Internal { message });
        }
        let words = range.start / 4 * 4..range.end.next_multiple_of(4);
        let size = words.end - words.start;
        if size == 0 {
            return self.check().map(|()| Vec::new());
        }
        let usage = wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ;
        let staging = self.buffer("results", size, usage)?;
        let mut encoder = self.raw.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        encoder.copy_buffer_to_buffer(buffer, words.start, &staging, 0, size);
        self.queue.submit([encoder.finish()]);
        let (sender, mapped) = mpsc::channel();
        staging.map_async(wgpu::MapMode::Read, .., move |result| sender.send(result).unwrap_or_default());
        let result = self.wait_for(&mapped)?;
        let failed = |message: String| self.check().err().unwrap_or(GpuError::Internal { message });
        result.map_err(|error| failed(error.to_string()))?;
        let view = staging.get_mapped_range(..).map_err(|error| failed(error.to_string()))?;
        let skipped = (range.start - words.start) as usize;
        let bytes = view[skipped..skipped + (range.end - range.start) as usize].to_vec();
        drop(view);
        staging.unmap();
        self.check()?;
        Ok(bytes)
    }

    /// Waits until all work submitted so far is done.
    pub(super) fn wait(&self) -> Result<(), GpuError> {
        let (sender, done) = mpsc::channel();
        self.queue.on_submitted_work_done(move || sender.send(()).unwrap_or_default());
        self.wait_for(&done)?;
        self.check()
    }

    /// Waits for what a callback sends; a lost device ends the wait.
    fn wait_for<T>(&self, callback: &mpsc::Receiver<T>) -> Result<T, GpuError> {
        loop {
            self.poll()?;
            // Another thread's poll may be about to run the callback.
            match callback.recv_timeout(Duration::from_millis(1)) {
                Ok(value) => return Ok(value),
                Err(mpsc::RecvTimeoutError::Timeout) => self.check()?,
                Err(mpsc::RecvTimeoutError::Disconnected) => {
                    let message = "a callback was dropped".to_owned();
                    return Err(self.check().err().unwrap_or(GpuError::Internal { message }));
                }
            }
        }
    }

    /// Waits for the work submitted so far, but not for long.
    fn poll(&self) -> Result<(), GpuError> {
        let wait = wgpu::PollType::Wait { submission_index: None, timeout: Some(PATIENCE) };
        // The library panics where the device is lost during the wait, holding nothing that the panic could leave broken.
        match catch_unwind(AssertUnwindSafe(|| self.raw.poll(wait))) {
            Ok(Ok(_) | Err(wgpu::PollError::Timeout)) => Ok(()),
            Ok(Err(error)) => Err(GpuError::Internal { message: error.to_string() }),
            Err(_) => {
                self.failure.keep(GpuError::Lost { reason: "a wait failed".to_owned() });
                self.check()
            }
        }
    }
}
