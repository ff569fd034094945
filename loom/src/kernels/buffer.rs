//! Buffers that begin on a cache line, and one for each thread.

use bytemuck::{Pod, Zeroable};
use core::cell::RefCell;
use core::fmt;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use std::thread::LocalKey;

/// One cache line, the unit in which buffers are allocated.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C, align(64))]
struct Line([u8; 64]);

/// A slice on the heap, zeroed at first, that starts on a cache line.
#[derive(Clone)]
pub struct Buffer<T> {
    lines: Vec<Line>,
    len: usize,
    element: PhantomData<T>,
}

impl<T: Pod> Buffer<T> {
    /// `len` zeros.
    ///
    /// # Panics
    /// Where there is no memory for them.
    pub fn zeroed(len: usize) -> Self {
        let no_memory = || panic!("there is no memory for {len} values of {} bytes each", size_of::<T>());
        Buffer::try_zeroed(len).unwrap_or_else(no_memory)
    }

    /// `len` zeros; none where there is no memory for them.
    pub(crate) fn try_zeroed(len: usize) -> Option<Self> {
        let lines = len.checked_mul(size_of::<T>())?.div_ceil(size_of::<Line>());
        let lines = bytemuck::allocation::try_zeroed_vec(lines).ok()?;
        Some(Buffer { lines, len, element: PhantomData })
    }

    /// Makes the buffer `len` long, of zeros, unless it is that long already; whether it was not.
    pub(crate) fn resize(&mut self, len: usize) -> bool {
        let changes = len != self.len;
        if changes {
            *self = Buffer::zeroed(len);
        }
        changes
    }

    /// Makes room for at least `len` elements. The contents are lost where there was too little.
    pub fn grow(&mut self, len: usize) {
        if len > self.len {
            *self = Buffer::zeroed(len);
        }
    }

    /// As [`grow`](Self::grow); none where there is no memory, and then the buffer stays as it was.
    #[must_use]
    pub(crate) fn try_grow(&mut self, len: usize) -> Option<()> {
        if len > self.len {
            *self = Buffer::try_zeroed(len)?;
        }
        Some(())
    }
}

/// A buffer that each thread allocates once and every kernel on it borrows in turn.
pub(crate) type ThreadBuffer = RefCell<Option<Buffer<u64>>>;

/// Lends `len` elements of this thread's buffer, whose contents are whatever the last borrower left.
pub(crate) fn with_thread_buffer<T: Pod, O>(
    buffer: &'static LocalKey<ThreadBuffer>,
    len: usize,
    f: impl FnOnce(&mut [T]) -> O,
) -> O {
    buffer.with_borrow_mut(|buffer| {
        let buffer = buffer.get_or_insert_default();
        buffer.grow(len.saturating_mul(size_of::<T>()).div_ceil(size_of::<u64>()));
        f(&mut bytemuck::cast_slice_mut(buffer)[..len])
    })
}

impl<T: Pod> Default for Buffer<T> {
    fn default() -> Self {
        Buffer::zeroed(0)
    }
}

impl<T: Pod> Deref for Buffer<T> {
    type Target = [T];
    #[inline]
    fn deref(&self) -> &[T] {
        &bytemuck::cast_slice(&self.lines)[..self.len]
    }
}

impl<T: Pod> DerefMut for Buffer<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        &mut bytemuck::cast_slice_mut(&mut self.lines)[..self.len]
    }
}

impl<T: Pod + PartialEq> PartialEq for Buffer<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Pod + fmt::Debug> fmt::Debug for Buffer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Buffer({} elements)", self.len)
    }
}
