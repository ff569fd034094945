//! Which process this is: a child that is forked has its parent's memory, but not its threads.

use core::sync::atomic::{AtomicUsize, Ordering};

/// Forks between the process that began to count and this one, at least.
static FORKS: AtomicUsize = AtomicUsize::new(0);

/// A number that none of the processes has from which this one was forked, and not 0; none where forks cannot be counted.
///
/// It is one load: to ask the system for the process's identifier at each kernel would take as long as a small kernel.
pub(crate) fn number() -> Option<usize> {
    is_counting().then(|| FORKS.load(Ordering::Relaxed) + 1)
}

#[cfg(unix)]
fn is_counting() -> bool {
    use core::sync::atomic::AtomicBool;

    static IS_COUNTING: AtomicBool = AtomicBool::new(false);

    extern "C" fn count() {
        FORKS.fetch_add(1, Ordering::Relaxed);
    }

    if IS_COUNTING.load(Ordering::Acquire) {
        return true;
    }
    // Not behind a lock, which a child would find locked if another thread of its parent had it. Threads that come here at once
    // all count, which does no harm.
    // SAFETY: `count` may be called in a child at any moment: it touches an atomic number alone.
    let is_counting = unsafe { libc::pthread_atfork(None, None, Some(count)) } == 0;
    IS_COUNTING.fetch_or(is_counting, Ordering::Release);
    is_counting
}

/// There is no fork.
#[cfg(not(unix))]
fn is_counting() -> bool {
    true
}
