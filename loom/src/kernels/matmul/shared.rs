//! Panels of B that threads share, so that chunks of rows do not pack them anew.
//!
//! This is for threads that share many rows with AVX-512; the panels have at most 16 MiB. The thread that first needs a block of
//! k of a panel packs it on the way, and says so. Threads begin with different panels. If another thread is packing a panel at
//! that moment, a thread packs the panel for itself, so that nobody waits.

use crate::kernels::buffer::{ThreadBuffer, with_thread_buffer};
use crate::kernels::threads::Parts;
use crate::numerics::arith::Element;
use core::cell::RefCell;
use core::sync::atomic::{AtomicU8, Ordering};

/// Room for all panels of B. Whoever needs a block of k of one that nobody has begun packs it.
#[derive(Clone, Copy)]
pub(super) struct Shared<'a, T> {
    room: &'a Parts<T>,
    len: usize,
    states: &'a [AtomicU8],
    /// The part of the panels, of so many parts, that a thread begins with.
    beginning: [usize; 2],
}

/// How far a block of k of a panel is.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(u8)]
pub(super) enum State {
    /// Nobody has begun it.
    Free,
    /// Somebody packs it.
    Taken,
    /// It may be read.
    Packed,
}

impl State {
    fn of(state: u8) -> Self {
        match state {
            state if state == State::Free as u8 => State::Free,
            state if state == State::Taken as u8 => State::Taken,
            _ => State::Packed,
        }
    }
}

impl<T: Element> Shared<'_, T> {
    /// Calls `f` with room for `len` values, and for the states of so many blocks of k of panels.
    pub(super) fn with(len: usize, blocks: usize, f: impl FnOnce(Shared<'_, T>)) {
        STATES.with_borrow_mut(|states| {
            states.clear();
            states.resize_with(blocks, || AtomicU8::new(State::Free as u8));
            with_thread_buffer(&ROOM, len, |room: &mut [T]| {
                f(Shared { room: &Parts::new(room.as_mut_ptr()), len, states, beginning: [0, 1] });
            });
        });
    }

    /// The same for a thread that begins with another panel, as far into all of them as `part` is into `whole`: threads that begin
    /// with the same one would pack each of them twice.
    pub(super) fn beginning_at(self, part: usize, whole: usize) -> Self {
        Shared { beginning: [part, whole], ..self }
    }

    /// The first panel of so many.
    pub(super) fn begin(&self, panels: usize) -> usize {
        let [part, whole] = self.beginning;
        panels * part / whole
    }

    /// The address of value `first`, which `len - 1` others follow.
    pub(super) fn corner(&self, first: usize, len: usize) -> *mut T {
        assert!(first <= self.len && len <= self.len - first);
        self.room.at(first)
    }

    /// How far a block is. One that was free is now the caller's to pack and to [`publish`](Self::publish).
    pub(super) fn take(&self, block: usize) -> State {
        let [free, taken] = [State::Free as u8, State::Taken as u8];
        // What is written before a block is said to be packed is seen by those who read that it is.
        match self.states[block].compare_exchange(free, taken, Ordering::Acquire, Ordering::Acquire) {
            Ok(before) | Err(before) => State::of(before),
        }
    }

    /// The block that the caller took is packed.
    pub(super) fn publish(&self, block: usize) {
        self.states[block].store(State::Packed as u8, Ordering::Release);
    }

    /// How far a block is, to go by for speed alone.
    #[cfg(target_arch = "x86_64")]
    pub(super) fn glance(&self, block: usize) -> State {
        State::of(self.states[block].load(Ordering::Relaxed))
    }
}

thread_local! {
    static ROOM: ThreadBuffer = const { ThreadBuffer::new(None) };
    static STATES: RefCell<Vec<AtomicU8>> = const { RefCell::new(Vec::new()) };
}
