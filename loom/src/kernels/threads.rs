//! The thread pool: outputs are split between threads, a sum never is; idle threads steal work.
//!
//! Each thread has a contiguous share of a kernel's outputs, in chunks; each chunk is half of what is left. A thread that is done
//! steals chunks that others have not begun, since other programs use the processors too. A share stays whole where each call has
//! work of its own: a product whose B is neither packed nor shared would pack it again, and recurrences take samples in groups.
//!
//! The pool is Loom's own because a training step must not allocate, and because the work that it splits takes microseconds. Its
//! threads start at the first work for them. A forked child has its parent's memory but not its threads. `process.rs` counts
//! forks: a pool that another process started is left alone, and a new one is started. No lock is waited for that another thread
//! of the parent may have held.

use crate::kernels::process;
use crate::numerics::environment::enter_default_environment;
use core::cell::UnsafeCell;
use core::fmt;
use core::ops::{Deref, Range};
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr;
use std::sync::Arc;
use std::thread::{self, JoinHandle, Thread};

/// How often a waiting thread looks before it goes to sleep: some tens of microseconds.
const SPINS: usize = 2_000;

/// Threads that a set has at most.
const MOST: usize = 1024;

/// Work below this many multiply-adds, or operations of like cost, is not worth a second thread.
const WORK_PER_THREAD: usize = 50_000;

/// Chunks of a thread's share, of which each is half of what is left, and the last all of it: what it has not begun, a thread that
/// is done takes over. Other programs use the processors too, so that threads are rarely as quick as each other.
pub(crate) const CHUNKS: usize = 6;

/// Elements that a kernel computes side by side, at most: shares of them begin at multiples of it.
pub(crate) const VECTOR: usize = 16;

/// A fixed set of threads that share the work of one kernel at a time.
///
/// Written here rather than taken from a library because a training step must not allocate and because a kernel of the
/// small networks that Loom is for takes microseconds: handing out work costs one atomic store, and an addition for
/// each chunk, while the workers are awake. Threads split a kernel's outputs and never the sum inside one, so that
/// their number changes no bit. A second caller that finds the threads busy does its work itself.
///
/// The workers start at the first work for them. A child that is forked has none of its parent's threads, and starts its own.
pub struct Threads {
    /// As many as were asked for, the caller's included, or fewer once the system has started no more.
    count: AtomicUsize,
    /// The number of the process in which a caller has the workers' attention, or 0.
    busy: AtomicUsize,
    /// A box, or null before the first start; only who is `busy` reads or replaces it.
    workers: AtomicPtr<Workers>,
    /// Whether matrix products are computed by their definition, to compare with.
    pub(crate) is_naive: bool,
}

/// The threads beside the caller's, in the process that started them.
struct Workers {
    process: usize,
    shared: Arc<Shared>,
    handles: Vec<JoinHandle<()>>,
}

/// The workers' attention, which no other caller has meanwhile.
struct Attention<'a> {
    workers: &'a Workers,
    _busy: Busy<'a>,
}

/// That a caller is `busy`, until this is dropped.
struct Busy<'a>(&'a Threads);

impl Deref for Attention<'_> {
    type Target = Workers;

    fn deref(&self) -> &Workers {
        self.workers
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.busy.store(0, Ordering::Release);
    }
}

struct Shared {
    /// Counts jobs; a worker runs one job for each step of the count.
    generation: AtomicUsize,
    job: UnsafeCell<Job>,
    /// Workers that have not finished the job.
    unfinished: AtomicUsize,
    panicked: AtomicBool,
    stop: AtomicBool,
    /// For each worker, whether it sleeps.
    asleep: Vec<AtomicBool>,
    /// For each thread, how many chunks of its share are taken.
    taken: Vec<Taken>,
}

/// On a cache line of its own, or two, since processors fetch neighbours.
#[repr(align(128))]
#[derive(Default)]
struct Taken(AtomicUsize);

/// What each part calls: a closure whose lifetime the worker does not know.
#[derive(Clone, Copy)]
struct Job {
    call: *const (dyn Fn(usize) + Sync),
    parts: usize,
}

// SAFETY: `job` is written only by the thread that has the workers' attention, while `unfinished` is 0, that is while no worker
// reads it; the `Release` store of `generation` publishes it and the `Acquire` load by the worker receives it. The closure is
// `Sync` by the type of `Workers::run`'s argument.
unsafe impl Sync for Shared {}
// SAFETY: as above; the pointer inside is only followed during `Workers::run`.
unsafe impl Send for Shared {}

impl Workers {
    /// Starts so many, or fewer where the system starts no more.
    fn start(count: usize, process: usize) -> Self {
        let shared = Arc::new(Shared {
            generation: AtomicUsize::new(0),
            job: UnsafeCell::new(Job { call: &|_| {}, parts: 0 }),
            unfinished: AtomicUsize::new(0),
            panicked: AtomicBool::new(false),
            stop: AtomicBool::new(false),
            asleep: (0..count).map(|_| AtomicBool::new(false)).collect(),
            taken: (0..=count).map(|_| Taken::default()).collect(),
        });
        let spawn = |worker| {
            let shared = Arc::clone(&shared);
            thread::Builder::new().name(format!("loom-{}", worker + 1)).spawn(move || shared.work(worker)).ok()
        };
        let handles = (0..count).map_while(spawn).collect();
        Workers { process, shared, handles }
    }

    /// How many threads there are, the caller's included.
    fn count(&self) -> usize {
        self.handles.len() + 1
    }

    /// Publishes the job, does the caller's share, and waits for the workers, also where the caller's share panics.
    fn run(&self, parts: usize, f: &(dyn Fn(usize) + Sync)) {
        // Else a part would never run, and what it was to write would not be there.
        assert!(parts <= self.count(), "there is a thread for each part");
        let shared = &*self.shared;
        // SAFETY: only the lifetime changes, and no worker calls it after this function.
        let call = unsafe { core::mem::transmute::<&(dyn Fn(usize) + Sync), &'static (dyn Fn(usize) + Sync)>(f) };
        // SAFETY: the caller has the workers' attention and they have finished the last job; see `Sync for Shared`.
        unsafe { *shared.job.get() = Job { call, parts } };
        shared.unfinished.store(self.handles.len(), Ordering::Relaxed);
        shared.generation.fetch_add(1, Ordering::SeqCst);
        for (asleep, worker) in shared.asleep.iter().zip(&self.handles) {
            if asleep.load(Ordering::SeqCst) {
                worker.thread().unpark();
            }
        }
        let outcome = catch_unwind(AssertUnwindSafe(|| f(0)));
        let mut spins = 0;
        while shared.unfinished.load(Ordering::Acquire) != 0 {
            pause(&mut spins, thread::yield_now);
        }
        if shared.panicked.swap(false, Ordering::Relaxed) {
            panic!("a thread of a kernel panicked");
        }
        if let Err(panic) = outcome {
            resume_unwind(panic);
        }
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        self.handles.iter().map(JoinHandle::thread).for_each(Thread::unpark);
        for worker in self.handles.drain(..) {
            // A worker catches its panics, so there is none to pass on.
            let _ = worker.join();
        }
    }
}

impl Threads {
    /// `count` threads, the caller's included; 0 counts as 1.
    pub fn new(count: usize) -> Self {
        Threads {
            count: AtomicUsize::new(count.clamp(1, MOST)),
            busy: AtomicUsize::new(0),
            workers: AtomicPtr::new(ptr::null_mut()),
            is_naive: false,
        }
    }

    /// As many threads as the machine has processors.
    pub fn available() -> Self {
        Threads::new(thread::available_parallelism().map_or(1, |n| n.get()))
    }

    /// How many threads share the work, the caller's included.
    pub fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// Calls `f` once for each part from 0 to `parts`, on as many threads; returns when all have returned.
    #[cfg(any(feature = "gpu", test))]
    pub(crate) fn run(&self, parts: usize, f: &(dyn Fn(usize) + Sync)) {
        match self.attention(parts).filter(|workers| parts <= workers.count()) {
            Some(workers) => workers.run(parts, f),
            None => (0..parts).for_each(f),
        }
    }

    /// The workers' attention, where there is work for them and no other caller has it.
    fn attention(&self, parts: usize) -> Option<Attention<'_>> {
        if parts > 1 { self.try_attention() } else { None }
    }

    /// The workers' attention, unless another caller has it. They are started where this process has not done so.
    fn try_attention(&self) -> Option<Attention<'_>> {
        let process = process::number()?;
        // A caller of the parent had it when this process was forked, and will never be back.
        let free = self.busy.load(Ordering::Relaxed);
        if free == process || self.busy.compare_exchange(free, process, Ordering::Acquire, Ordering::Relaxed).is_err() {
            return None;
        }
        // Before anything that may panic.
        let busy = Busy(self);
        // SAFETY: it is null or a box, which lives as long as the threads: only a box of the parent's is ever replaced, and then
        // it is leaked.
        let started = unsafe { self.workers.load(Ordering::Relaxed).as_ref() };
        let workers = started.filter(|workers| workers.process == process).unwrap_or_else(|| {
            let workers = Box::leak(Box::new(Workers::start(self.count() - 1, process)));
            self.count.store(workers.count(), Ordering::Relaxed);
            self.workers.store(workers, Ordering::Relaxed);
            workers
        });
        Some(Attention { workers, _busy: busy })
    }

    /// Splits `0..units` into contiguous ranges and calls `f` with each: chunks of a share for each thread, of which a thread that is
    /// done sooner has more. `cost` is the number of multiply-adds of one unit; little work stays on one thread.
    pub(crate) fn split(&self, units: usize, cost: usize, f: impl Fn(Range<usize>) + Sync) {
        self.share(units, cost, CHUNKS, &f);
    }

    /// [`split`](Self::split) into one range for each thread, where each call of `f` has work that does not depend on its range.
    pub(crate) fn split_evenly(&self, units: usize, cost: usize, f: impl Fn(Range<usize>) + Sync) {
        self.share(units, cost, 1, &f);
    }

    /// Threads that so many units are worth, of `cost` multiply-adds each.
    pub(crate) fn parts(&self, units: usize, cost: usize) -> usize {
        (units.saturating_mul(cost) / WORK_PER_THREAD).clamp(1, self.count().min(units.max(1)))
    }

    /// [`split`](Self::split) into so many chunks for each thread, at most.
    pub(crate) fn share(&self, units: usize, cost: usize, chunks: usize, f: &(dyn Fn(Range<usize>) + Sync)) {
        let parts = self.parts(units, cost);
        let Some(workers) = self.attention(parts) else {
            return f(0..units);
        };
        // Those that have just been started may be fewer.
        let parts = parts.min(workers.count());
        let share_of = |part: usize| units * part / parts..units * (part + 1) / parts;
        let least = WORK_PER_THREAD.div_ceil(cost.max(1));
        let chunks = chunks.min((units / parts / least).checked_ilog2().map_or(1, |halves| 1 + halves as usize));
        if chunks == 1 {
            return workers.run(parts, &|part| f(share_of(part)));
        }
        let taken = &workers.shared.taken[..parts];
        // Published along with the job.
        taken.iter().for_each(|taken| taken.0.store(0, Ordering::Relaxed));
        workers.run(parts, &|part| {
            for owner in (part..parts).chain(0..part) {
                let share = share_of(owner);
                loop {
                    // What is written meanwhile is published at the end of the job.
                    let chunk = taken[owner].0.fetch_add(1, Ordering::Relaxed);
                    if chunk >= chunks {
                        break;
                    }
                    let rest = if chunk + 1 == chunks { 0 } else { share.len() >> (chunk + 1) };
                    f(share.end - (share.len() >> chunk)..share.end - rest);
                }
            }
        });
    }

    /// Splits `data`, which is units of `unit` elements each (the last may be short), between the threads; `f` gets the
    /// index of its first unit and its part of the data.
    pub(crate) fn split_mut<T: Send>(
        &self,
        data: &mut [T],
        unit: usize,
        cost: usize,
        f: impl Fn(usize, &mut [T]) + Sync,
    ) {
        let (units, len) = (data.len().div_ceil(unit), data.len());
        let start = Parts::new(data.as_mut_ptr());
        self.split(units, cost, |range| {
            let (from, to) = (range.start * unit, (range.end * unit).min(len));
            // SAFETY: `split` hands out disjoint ranges below `units`, so the parts are disjoint and inside `data`, which
            // stays borrowed until `split` returns.
            let part = unsafe { core::slice::from_raw_parts_mut(start.at(from), to - from) };
            f(range.start, part);
        });
    }

    /// Calls `f` with parts of two slices of one length; its cost is about one multiply-add for each pair.
    pub(crate) fn zip_mut<S: Sync, T: Send>(&self, from: &[S], to: &mut [T], f: impl Fn(&[S], &mut [T]) + Sync) {
        const UNIT: usize = 4096;
        assert_eq!(from.len(), to.len());
        self.split_mut(to, UNIT, UNIT, |first, to| f(&from[first * UNIT..][..to.len()], to));
    }

    /// [`split_mut`](Self::split_mut) for slices of as many units each, all of them whole, in so many chunks for each thread, at most.
    /// Units of 0 elements are allowed in all but the first.
    pub(crate) fn split_all_mut<T: Send, const N: usize>(
        &self,
        slices: [&mut [T]; N],
        unit: [usize; N],
        cost: usize,
        chunks: usize,
        f: impl Fn(usize, [&mut [T]; N]) + Sync,
    ) {
        let units = slices[0].len() / unit[0];
        assert!(
            slices.iter().zip(unit).all(|(slice, unit)| slice.len() == units * unit),
            "all are as many whole units"
        );
        let starts = slices.map(|slice| Parts::new(slice.as_mut_ptr()));
        self.share(units, cost, chunks, &|range: Range<usize>| {
            let parts = core::array::from_fn(|i| {
                // SAFETY: `share` hands out disjoint ranges below `units`, so the parts of each slice are disjoint and inside
                // it, and all stay borrowed until `share` returns.
                unsafe { core::slice::from_raw_parts_mut(starts[i].at(range.start * unit[i]), range.len() * unit[i]) }
            });
            f(range.start, parts);
        });
    }
}

/// The start of a slice that threads share in disjoint parts.
pub(crate) struct Parts<T>(*mut T);

impl<T> Parts<T> {
    /// The slice that starts at `start`.
    pub(crate) fn new(start: *mut T) -> Self {
        Parts(start)
    }

    /// The address of element `index`.
    pub(crate) fn at(&self, index: usize) -> *mut T {
        self.0.wrapping_add(index)
    }
}

// SAFETY: whoever follows the pointer says why the elements it touches are its own.
unsafe impl<T: Send> Sync for Parts<T> {}

/// Waits a little; after many times, a little longer by `sleep`.
fn pause(spins: &mut usize, sleep: impl FnOnce()) {
    if *spins < SPINS {
        *spins += 1;
        core::hint::spin_loop();
    } else {
        sleep();
    }
}

impl Shared {
    /// The life of worker number `worker`, which runs part `worker + 1` of each job.
    fn work(&self, worker: usize) {
        enter_default_environment();
        let mut done = 0;
        loop {
            let mut spins = 0;
            while self.generation.load(Ordering::Acquire) == done {
                if self.stop.load(Ordering::Relaxed) {
                    return;
                }
                pause(&mut spins, || self.sleep(worker, done));
            }
            done = done.wrapping_add(1);
            // SAFETY: the `Acquire` load above saw the generation that published this job; see `Sync for Shared`.
            let job = unsafe { *self.job.get() };
            if worker + 1 < job.parts {
                // SAFETY: `Workers::run` keeps the closure alive until this worker has finished.
                let run = || unsafe { (*job.call)(worker + 1) };
                if catch_unwind(AssertUnwindSafe(run)).is_err() {
                    self.panicked.store(true, Ordering::Relaxed);
                }
            }
            self.unfinished.fetch_sub(1, Ordering::Release);
        }
    }

    /// Sleeps until unparked, unless a job came since `done` or the threads are to stop.
    fn sleep(&self, worker: usize, done: usize) {
        // Not `store`: QEMU 7.2, which runs AArch64 programs on x86-64, may execute the loads below before a store, although both are
        // `SeqCst`. The caller could then miss that this worker sleeps, and would wait for it for ever.
        self.asleep[worker].swap(true, Ordering::SeqCst);
        if self.generation.load(Ordering::SeqCst) == done && !self.stop.load(Ordering::SeqCst) {
            thread::park();
        }
        self.asleep[worker].store(false, Ordering::SeqCst);
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        let workers = *self.workers.get_mut();
        // SAFETY: it is null, or a box that nobody else has.
        let is_ours = unsafe { workers.as_ref() }.is_some_and(|workers| Some(workers.process) == process::number());
        if is_ours {
            // SAFETY: as above. Of threads that another process has there is nothing to stop, and nothing to wait for.
            drop(unsafe { Box::from_raw(workers) });
        }
    }
}

impl fmt::Debug for Threads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Threads({})", self.count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    #[test]
    fn every_part_runs_once() {
        for count in [1, 2, 5] {
            let threads = Threads::new(count);
            let works = [(0, 1), (1, 1), (2, 1), (3, 1), (7, 1), (64, 1), (7, 3), (64, 3), (1000, 1), (1000, 3)];
            for (units, fraction) in works {
                let mut seen = vec![0u32; units * 3];
                threads.split_mut(&mut seen, 3, WORK_PER_THREAD / fraction, |first, part| {
                    assert!(units == 0 || !part.is_empty());
                    for (i, value) in part.iter_mut().enumerate() {
                        *value += (first * 3 + i) as u32 + 1;
                    }
                });
                assert!(seen.iter().enumerate().all(|(i, &v)| v == i as u32 + 1), "{count} threads, {units} units");
            }
        }
    }

    #[test]
    fn every_part_of_two_slices_runs_once() {
        let threads = Threads::new(3);
        for unit in [0, 2] {
            let (mut a, mut b) = (vec![0; 70 * 3], vec![0; 70 * unit]);
            threads.split_all_mut([&mut a, &mut b], [3, unit], WORK_PER_THREAD, CHUNKS, |first, [a, b]| {
                a.iter_mut().enumerate().for_each(|(i, value)| *value += first * 3 + i + 1);
                b.iter_mut().enumerate().for_each(|(i, value)| *value += first * unit + i + 1);
            });
            for slice in [&a, &b] {
                assert!(slice.iter().enumerate().all(|(i, &value)| value == i + 1), "units of {unit}: {slice:?}");
            }
        }
    }

    #[test]
    fn what_a_slow_thread_has_not_begun_others_do() {
        let threads = Threads::new(2);
        let (by_caller, caller, start) = (AtomicUsize::new(0), thread::current().id(), Instant::now());
        threads.split(16, WORK_PER_THREAD, |units| {
            if thread::current().id() == caller {
                by_caller.fetch_add(units.len(), Ordering::Relaxed);
            }
            // The worker stays at its first four units until the caller has done all others.
            while by_caller.load(Ordering::Relaxed) < 12 && thread::current().id() != caller {
                assert!(start.elapsed() < Duration::from_secs(20), "the caller waits for the worker");
                thread::yield_now();
            }
        });
        assert!(by_caller.into_inner() >= 12);
    }

    #[test]
    fn workers_wake_after_a_long_sleep() {
        let threads = Threads::new(3);
        for pause_ms in [0, 1, 30, 60] {
            thread::sleep(Duration::from_millis(pause_ms));
            let sum = AtomicUsize::new(0);
            threads.run(3, &|part| {
                sum.fetch_add(part + 1, Ordering::Relaxed);
            });
            assert_eq!(sum.into_inner(), 6);
        }
    }

    #[test]
    fn a_panic_reaches_the_caller_and_the_threads_live_on() {
        let threads = Threads::new(2);
        for culprit in [0, 1] {
            let run = || threads.run(2, &|part| assert_ne!(part, culprit));
            assert!(catch_unwind(AssertUnwindSafe(run)).is_err());
        }
        // Of a share in chunks, too.
        for culprit in [0, 5, 63] {
            let split = || threads.split(64, WORK_PER_THREAD, |units| assert!(!units.contains(&culprit)));
            assert!(catch_unwind(AssertUnwindSafe(split)).is_err());
        }
        let ran = AtomicUsize::new(0);
        threads.run(2, &|_| {
            ran.fetch_add(1, Ordering::Relaxed);
        });
        assert_eq!(ran.into_inner(), 2);
    }

    #[test]
    fn a_second_caller_does_its_own_work() {
        let threads = Threads::new(2);
        let sum = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..200 {
                        threads.run(2, &|part| {
                            sum.fetch_add(part + 1, Ordering::Relaxed);
                        });
                    }
                });
            }
        });
        assert_eq!(sum.into_inner(), 4 * 200 * 3);
    }
}
