//! How the tiles of a panel of B read its lines.

use super::LINE;
use crate::kernels::lanes::Lanes;
use core::arch::x86_64::{_MM_HINT_T0, _MM_HINT_T1, _mm_prefetch};

/// So many k ahead of their use, lines of B are fetched into the nearest cache.
const AHEAD: usize = 8;
/// So many k go by from one fetch of the next panel to the next one.
pub(super) const PART: usize = 8;
/// Lines of a cache that are fetched of the next panel at a time, at most: more would delay what the tile itself reads.
const AT_A_TIME: u32 = 4;

/// A panel of B: `depth` lines of as many values as a panel has columns.
#[derive(Clone, Copy)]
pub(super) struct Panel {
    /// Where the lines lie, or are to lie, one after the other.
    pub(super) lines: *mut f32,
    pub(super) depth: usize,
    /// Where they are to be copied from, and how far apart they begin there.
    pub(super) source: Option<(*const f32, usize)>,
    pub(super) next: Next,
}

/// The panel that comes after one, which the tiles of that one fetch part by part.
#[derive(Clone, Copy)]
pub(super) struct Next {
    start: *const f32,
    stride: usize,
    /// Parts of a run.
    parts: u32,
    /// How many parts earlier tiles have fetched.
    done: u32,
    /// The last part.
    last: u32,
    /// Where a part is to be packed, and how far on the next one.
    to: *const f32,
    step: usize,
    /// How many parts are fetched at a time.
    at_a_time: u32,
}

impl Next {
    /// The panel after the one whose `values` lie at `lines`, and of as many: runs of `len` values, which begin `stride` values apart,
    /// and are to be packed at `to`, if they are not yet.
    pub(super) fn new(
        start: *const f32,
        [stride, len]: [usize; 2],
        (lines, values): (*const f32, usize),
        to: Option<*const f32>,
    ) -> Self {
        let (to, step) = to.map_or((lines, 0), |to| (to, LINE));
        let last = (values / LINE).saturating_sub(1) as u32;
        Next { start, stride, parts: (len / LINE).max(1) as u32, done: 0, last, to, step, at_a_time: 1 }
    }

    /// What is left for a tile that `done` others of `tiles` come before: few tiles fetch more of it at a time.
    #[inline(always)]
    pub(super) fn after(self, [done, tiles]: [usize; 2], depth: usize) -> Self {
        let times = (depth / PART) as u32;
        let at_a_time = (self.last + 1).div_ceil(tiles as u32 * times.max(1)).min(AT_A_TIME);
        Next { done: done as u32 * times * at_a_time, at_a_time, ..self }
    }

    #[inline(always)]
    fn fetch(&self, time: usize) {
        let first = self.done + time as u32 * self.at_a_time;
        for part in first..first + self.at_a_time {
            let part = part.min(self.last);
            let to = self.to.wrapping_add(part as usize * self.step);
            let (run, part) = (part / self.parts, part % self.parts);
            let address = self.start.wrapping_add(run as usize * self.stride + part as usize * LINE);
            // SAFETY: a prefetch reads nothing.
            unsafe {
                _mm_prefetch::<_MM_HINT_T1>(address.cast());
                // What is stored there would else wait for its line of the cache.
                _mm_prefetch::<_MM_HINT_T0>(to.cast());
            }
        }
    }
}

/// The lines of a panel.
pub(super) trait Lines {
    /// Whether the next panel is fetched.
    const FETCHES: bool;

    /// Line `k`.
    ///
    /// # Safety
    /// The machine has the vectors' instruction set, and the line is there.
    unsafe fn line<L: Lanes, const NR: usize, const VECTORS: usize>(&self, k: usize) -> [L; VECTORS];

    /// Fetches a part of the next panel.
    #[inline(always)]
    fn fetch(&self, _part: usize) {}
}

/// Lines that lie in a panel, from where they are fetched ahead of their use.
pub(super) struct Far(pub(super) *const f32);

impl Lines for Far {
    const FETCHES: bool = false;

    #[inline(always)]
    unsafe fn line<L: Lanes, const NR: usize, const VECTORS: usize>(&self, k: usize) -> [L; VECTORS] {
        let line = self.0.wrapping_add(k * NR);
        if const { L::N == LINE } {
            for v in 0..VECTORS {
                // SAFETY: a prefetch reads nothing.
                unsafe { _mm_prefetch::<_MM_HINT_T0>(line.wrapping_add(AHEAD * NR + v * L::N).cast()) };
            }
        }
        // SAFETY: the caller's.
        unsafe { load(line) }
    }
}

/// Lines that lie some values apart, and near.
pub(super) struct Spaced {
    pub(super) start: *const f32,
    pub(super) stride: usize,
}

impl Lines for Spaced {
    const FETCHES: bool = false;

    #[inline(always)]
    unsafe fn line<L: Lanes, const NR: usize, const VECTORS: usize>(&self, k: usize) -> [L; VECTORS] {
        // SAFETY: the caller's.
        unsafe { load(self.start.wrapping_add(k * self.stride)) }
    }
}

/// Lines that lie in a panel that the one before it has fetched.
pub(super) struct Near(pub(super) *const f32, pub(super) Next);

impl Lines for Near {
    const FETCHES: bool = true;

    #[inline(always)]
    unsafe fn line<L: Lanes, const NR: usize, const VECTORS: usize>(&self, k: usize) -> [L; VECTORS] {
        // SAFETY: the caller's.
        unsafe { load(self.0.wrapping_add(k * NR)) }
    }

    #[inline(always)]
    fn fetch(&self, part: usize) {
        self.1.fetch(part);
    }
}

/// Lines that are copied into their panel as they are read, for the tiles that follow: while a tile multiplies, a copy costs next to
/// nothing.
pub(super) struct Copied {
    pub(super) from: *const f32,
    pub(super) stride: usize,
    pub(super) to: *mut f32,
    pub(super) next: Next,
}

impl Lines for Copied {
    const FETCHES: bool = true;

    #[inline(always)]
    unsafe fn line<L: Lanes, const NR: usize, const VECTORS: usize>(&self, k: usize) -> [L; VECTORS] {
        let (from, to) = (self.from.wrapping_add(k * self.stride), self.to.wrapping_add(k * NR));
        // SAFETY: the caller's; a line has as many values as the vectors, here and there.
        unsafe {
            for v in 0..VECTORS {
                _mm_prefetch::<_MM_HINT_T0>(from.wrapping_add(AHEAD * self.stride + v * L::N).cast());
            }
            let line: [L; VECTORS] = load(from);
            for (v, vector) in line.iter().enumerate() {
                vector.store(to.add(v * L::N), L::N);
            }
            line
        }
    }

    #[inline(always)]
    fn fetch(&self, part: usize) {
        self.next.fetch(part);
    }
}

/// The vectors of a line.
///
/// # Safety
/// The machine has the vectors' instruction set, and they may be read.
#[inline(always)]
unsafe fn load<L: Lanes, const VECTORS: usize>(line: *const f32) -> [L; VECTORS] {
    // SAFETY: the caller's.
    unsafe {
        let mut vectors = [L::splat(0.0); VECTORS];
        for (v, vector) in vectors.iter_mut().enumerate() {
            *vector = L::load(line.add(v * L::N), L::N);
        }
        vectors
    }
}
