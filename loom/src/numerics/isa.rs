//! Instruction sets, and how a kernel is run compiled for the widest that the machine has.

use crate::numerics::arith::{Arith, Fused};

/// An instruction set that kernels are compiled for. Where one of its constants alone is the condition of an `if`, the compiler does
/// not even instantiate what is left out; in a `match` on them it would.
pub(crate) trait Isa {
    /// Whether the machine has AVX2, with fused multiply-adds and conversions from binary16.
    const HAS_AVX2: bool;
    /// Whether the machine has AVX-512, with vectors of 256 bits too.
    const HAS_AVX512: bool;
}

/// What suits an instruction set: AVX-512, AVX2 or the baseline.
macro_rules! by_isa {
    ($isa:ident, $avx512:expr, $avx2:expr, $baseline:expr) => {
        if $isa::HAS_AVX512 {
            $avx512
        } else if $isa::HAS_AVX2 {
            $avx2
        } else {
            $baseline
        }
    };
}
pub(crate) use by_isa;

pub(crate) struct Baseline;
impl Isa for Baseline {
    const HAS_AVX2: bool = false;
    const HAS_AVX512: bool = false;
}

#[cfg(target_arch = "x86_64")]
struct Avx2;
#[cfg(target_arch = "x86_64")]
impl Isa for Avx2 {
    const HAS_AVX2: bool = true;
    const HAS_AVX512: bool = false;
}

#[cfg(target_arch = "x86_64")]
struct Avx512;
#[cfg(target_arch = "x86_64")]
impl Isa for Avx512 {
    const HAS_AVX2: bool = true;
    const HAS_AVX512: bool = true;
}

/// A kernel with its arguments, which computes in the arithmetic `A` and gives back an `R`. Implementations of `run` are
/// `#[inline(always)]`, so that they are compiled anew inside each of the functions below.
pub(crate) trait Task<A: Arith = Fused, R = ()> {
    /// Computes the kernel.
    fn run<I: Isa>(self) -> R;
}

/// A closure of [`run_kernel!`].
impl<A: Arith, R, F: FnOnce() -> R> Task<A, R> for F {
    #[inline(always)]
    fn run<I: Isa>(self) -> R {
        self()
    }
}

/// Moved into a closure of [`run_kernel!`] and consumed there, so that the closure is `FnOnce` and nothing more.
pub(crate) struct Once;

/// Runs a kernel with the widest instruction set that the machine has. [`Fused`] alone is compiled for AVX-512: the other arithmetics
/// compare and calibrate. So a kernel that packs and one that reads what it packed have the same instruction set.
#[inline]
pub(crate) fn dispatch<A: Arith, R, K: Task<A, R>>(task: K) -> R {
    #[cfg(target_arch = "x86_64")]
    {
        if A::IS_FUSED && has_avx512() {
            // SAFETY: the machine has the features that the function is compiled for.
            return unsafe { run_avx512(task) };
        }
        if has_avx2() {
            // SAFETY: the machine has the features that the function is compiled for.
            return unsafe { run_avx2(task) };
        }
    }
    task.run::<Baseline>()
}

/// Compiles a closure for each instruction set, and runs it with the widest that the machine has. It is for kernels that do not ask
/// which one that is.
///
/// The closure is `FnOnce` alone. The compiler calls one that is also `Fn` through a function of its own, which need not be inlined
/// and then uses baseline instructions.
macro_rules! run_kernel {
    ($arith:ty, move || $body:expr) => {{
        let once = $crate::numerics::isa::Once;
        $crate::numerics::isa::dispatch::<$arith, _, _>(
            #[inline(always)]
            move || {
                let $crate::numerics::isa::Once = { once };
                $body
            },
        )
    }};
}
pub(crate) use run_kernel;

/// Runs a kernel with the baseline (0), AVX2 (1) or AVX-512 (2), if the machine has it. That it has not is a failure where the
/// variable `LOOM_REQUIRE_ISA` names the instruction set, as in `avx2,avx512`.
#[cfg(test)]
pub(crate) fn run_on<A: Arith, R, K: Task<A, R>>(isa: usize, task: K) -> Option<R> {
    match isa {
        0 => Some(task.run::<Baseline>()),
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the machine has the features that the function is compiled for.
        1 if has_avx2() => Some(unsafe { run_avx2(task) }),
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the machine has the features that the function is compiled for.
        2 if has_avx512() => Some(unsafe { run_avx512(task) }),
        _ => {
            let required = std::env::var("LOOM_REQUIRE_ISA").unwrap_or_default();
            let name = ["baseline", "avx2", "avx512"][isa];
            assert!(!required.split(',').any(|one| one == name), "this test needs {name}, which the machine has not");
            None
        }
    }
}

/// Whether there is an instruction set with vectors and `mul_add`.
pub(crate) fn has_vectors() -> bool {
    #[cfg(target_arch = "x86_64")]
    return has_avx2();
    #[cfg(not(target_arch = "x86_64"))]
    false
}

#[inline]
pub(crate) fn has_avx512() -> bool {
    #[cfg(target_arch = "x86_64")]
    return is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl")
        && has_avx2();
    #[cfg(not(target_arch = "x86_64"))]
    false
}

#[cfg(target_arch = "x86_64")]
#[inline]
fn has_avx2() -> bool {
    is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") && is_x86_feature_detected!("f16c")
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c")]
fn run_avx512<A: Arith, R, K: Task<A, R>>(task: K) -> R {
    task.run::<Avx512>()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,f16c")]
fn run_avx2<A: Arith, R, K: Task<A, R>>(task: K) -> R {
    task.run::<Avx2>()
}
