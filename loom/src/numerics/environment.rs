//! The floating-point environment: how the processor rounds, whether it flushes subnormal numbers, and which exceptions trap.
//!
//! Loom's bits are those of the default one: to nearest, no flushing, no traps. A program can have set another, by C's `fesetround`
//! or by what a library's loader does, and a thread that it starts inherits it.

use core::hint::black_box;
use register::{DEFAULT, FLAGS, Word};

/// Calls `f` in the default environment; this thread has the caller's again after, also where `f` panics.
///
/// Every public function that computes goes through here, and not every kernel: to read the register takes about a nanosecond. Where
/// one of them calls another, the inner one finds the default and changes nothing. What only copies and compares is outside.
#[inline]
pub(crate) fn in_default_environment<O>(f: impl FnOnce() -> O) -> O {
    let _callers = Callers::replace();
    // The compiler moves arithmetic past the instructions that change the register, unless it does not know the arguments before
    // the first, or needs the result for what comes before the last.
    black_box(black_box(f)())
}

/// Makes the default environment this thread's, for good.
pub(crate) fn enter_default_environment() {
    if !is_default(register::read()) {
        register::write(DEFAULT);
    }
}

/// The flags tell what has happened and change no result.
fn is_default(word: Word) -> bool {
    word & !FLAGS == DEFAULT
}

/// The caller's environment, where it is another than the default one, to be restored.
struct Callers(Option<Word>);

impl Callers {
    #[inline]
    fn replace() -> Self {
        let word = register::read();
        Callers((!is_default(word)).then(|| {
            register::write(DEFAULT);
            word
        }))
    }
}

impl Drop for Callers {
    #[inline]
    fn drop(&mut self) {
        if let Some(word) = self.0 {
            register::write(word);
        }
    }
}

/// MXCSR. What the x87 control word says changes nothing, since no kernel uses that unit.
#[cfg(all(any(target_arch = "x86", target_arch = "x86_64"), target_feature = "sse"))]
mod register {
    use core::arch::asm;

    pub(super) type Word = u32;
    /// All exceptions masked.
    pub(super) const DEFAULT: Word = 0x1f80;
    pub(super) const FLAGS: Word = 0x3f;

    #[inline]
    pub(super) fn read() -> Word {
        let mut word = 0;
        // SAFETY: the instruction writes four bytes, to a local variable.
        unsafe { asm!("stmxcsr [{}]", in(reg) &raw mut word, options(nostack, preserves_flags)) };
        word
    }

    #[inline]
    pub(super) fn write(word: Word) {
        // SAFETY: the instruction reads four bytes, of a local variable. The word is the default, which the compiler takes for
        // granted, or the caller's, which was there before.
        unsafe { asm!("ldmxcsr [{}]", in(reg) &raw const word, options(nostack, preserves_flags)) };
    }
}

/// FPCR.
#[cfg(target_arch = "aarch64")]
mod register {
    use core::arch::asm;

    pub(super) type Word = u64;
    pub(super) const DEFAULT: Word = 0;
    /// They are in a register of their own.
    pub(super) const FLAGS: Word = 0;

    #[inline]
    pub(super) fn read() -> Word {
        let word;
        // SAFETY: the instruction reads a register.
        unsafe { asm!("mrs {}, fpcr", out(reg) word, options(nostack, preserves_flags)) };
        word
    }

    #[inline]
    pub(super) fn write(word: Word) {
        // SAFETY: the word is the default, which the compiler takes for granted, or the caller's, which was there before.
        unsafe { asm!("msr fpcr, {}", in(reg) word, options(nostack, preserves_flags)) };
    }
}

/// WebAssembly has no other environment; of other processors Loom does not know the register.
#[cfg(not(any(
    all(any(target_arch = "x86", target_arch = "x86_64"), target_feature = "sse"),
    target_arch = "aarch64"
)))]
mod register {
    pub(super) type Word = u32;
    pub(super) const DEFAULT: Word = 0;
    pub(super) const FLAGS: Word = 0;

    pub(super) fn read() -> Word {
        DEFAULT
    }

    pub(super) fn write(_: Word) {}
}
