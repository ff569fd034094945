//! CPU kernels: matrix products with a reference kernel, sums of a fixed shape, and threads that split outputs only.
//!
//! A kernel is a [`Task`]: [`dispatch`] runs it compiled for the widest instruction set of the machine. The instruction set and the
//! number of threads decide how fast a result comes, never a bit of it.
//!
//! # What the compiler makes of a task
//!
//! - Arithmetics that only compare or calibrate (`Split`, binary64) are not compiled for AVX-512. This saves build time.
//! - So does asking for an instruction set by `by_isa!`, or by `if I::HAS_AVX2` alone: what is left out is not even instantiated.
//! - Only code that is inlined into the task is compiled for its instruction set. A closure that passes through a function without
//!   `#[inline(always)]` is not, and its `mul_add` becomes a library call.
//! - The compiler unrolls loops over arrays of constant length before it vectorises them. So functions of several steps go over slices.
//!   Where an array is the vector, `lanes_alone` keeps the compiler from making other vectors across the loop around it.
//!
//! # Pointers
//!
//! What is read or written through a pointer has been compared with the length of its slice just before (`Window::new`,
//! `MatMut::corner`, `Shared::corner`, the `assert!`s beside the calls). Such a comparison holds as long as what it compares has
//! not wrapped. Sizes and offsets come from a plan, which [`PlanExt::check`](crate::plan::PlanExt::check) has seen: every product of a
//! layer's sizes that is the length of a buffer fits into an `isize`, and an index is below such a length.

pub(crate) mod activation;
mod attention;
mod buffer;
pub(crate) mod columns;
#[cfg(target_arch = "x86_64")]
mod lanes;
mod matmul;
pub(crate) mod packed;
pub(crate) mod parameters;
mod process;
pub(crate) mod program;
#[cfg(target_arch = "x86_64")]
pub(crate) mod quads;
mod reduce;
#[cfg(target_arch = "x86_64")]
pub(crate) mod runs;
mod threads;

#[cfg(test)]
pub(crate) use crate::numerics::isa::run_on;
pub(crate) use crate::numerics::isa::{Baseline, Isa, Task, by_isa, dispatch, has_avx512, has_vectors, run_kernel};
pub(crate) use attention::{Attend, AttendBack, Head, room as attention_room};
pub(crate) use buffer::{Buffer, ThreadBuffer, with_thread_buffer};
pub(crate) use matmul::{
    Epilogue, MatMut, Matrix, Offset, Operand, PANEL, Panels, Right, Span, Weight, linear, matmul, multiply,
    multiply_panels, pack_panels, transpose,
};
pub(crate) use reduce::{
    CHUNK_ROWS, LANES, column_sums, dot, greatest, lane_sum, row_sums, square_chunks, sum, sum_of_squares, tree,
};
pub(crate) use threads::{CHUNKS, Parts, Threads, VECTOR};
