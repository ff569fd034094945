//! The CPU as a device: how many threads, and which rounding mode of multiply-add.

use crate::kernels::{Threads, has_vectors};
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};
use std::sync::Arc;

/// The rounding mode of multiply-add (`mul_add`), the primitive of Loom arithmetic. See [`crate::arith`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Flavour {
    /// One rounding, as hardware does: the default, and the rounding mode of published fingerprints.
    #[default]
    Fused,
    /// The product rounded, then the sum, as software GPU drivers do.
    Split,
}

/// The CPU as a device: how many threads, and which rounding mode of multiply-add.
///
/// ```
/// use loom::prelude::*;
///
/// let one = Cpu::new().threads(1);
/// let five = Cpu::new().threads(5);
/// let net = network![Dense<3, 17> -> Tanh -> Dense<17, 1>];
/// assert_eq!(net.on(&one).forward(&[1.0, 2.0, 3.0])?, net.on(&five).forward(&[1.0, 2.0, 3.0])?);
/// # Ok::<(), loom::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Cpu {
    pub(crate) threads: Arc<Threads>,
    pub(crate) flavour: Flavour,
}

impl Cpu {
    /// As many threads as the machine has processors, shared by everything in the program that does not choose, and
    /// [`Flavour::Fused`]. They start at the first work that is worth more than one.
    pub fn new() -> Self {
        // Not a lock, which a child that is forked while another thread has it would find locked for ever.
        static SHARED: AtomicPtr<Arc<Threads>> = AtomicPtr::new(ptr::null_mut());
        let mut shared = SHARED.load(Ordering::Acquire);
        if shared.is_null() {
            let own = Box::into_raw(Box::new(Arc::new(Threads::available())));
            shared = match SHARED.compare_exchange(shared, own, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => own,
                Err(first) => {
                    // SAFETY: it is the box from above, which nobody else has seen.
                    drop(unsafe { Box::from_raw(own) });
                    first
                }
            };
        }
        // SAFETY: it is a box that was published whole and that nobody frees.
        let threads = unsafe { &*shared };
        Cpu { threads: Arc::clone(threads), flavour: Flavour::Fused }
    }

    /// `count` threads of its own, the caller's included; 0 counts as 1. The number changes no bit of any result.
    #[must_use]
    pub fn threads(self, count: usize) -> Self {
        Cpu { threads: Arc::new(Threads::new(count)), ..self }
    }

    /// The rounding mode of multiply-add.
    #[must_use]
    pub fn flavour(self, flavour: Flavour) -> Self {
        Cpu { flavour, ..self }
    }

    /// Whether products are quicker where a weight lies in panels.
    pub(crate) fn reads_panels(&self) -> bool {
        self.flavour == Flavour::Fused && has_vectors()
    }

    /// How many threads share the work; fewer than were asked for once the system has started no more.
    pub fn thread_count(&self) -> usize {
        self.threads.count()
    }
}

impl Default for Cpu {
    fn default() -> Self {
        Cpu::new()
    }
}

/// Calls a function of one arithmetic with the arithmetic that a rounding mode names.
macro_rules! with_flavour {
    ($flavour:expr, $function:ident($($argument:expr),* $(,)?)) => {
        match $flavour {
            $crate::Flavour::Fused => $function::<$crate::arith::Fused>($($argument),*),
            $crate::Flavour::Split => $function::<$crate::arith::Split>($($argument),*),
        }
    };
}
pub(crate) use with_flavour;
