//! Expressions of values: what they are made of, their derivatives, and the programs that compute both.

mod builder;
mod builtin;
mod fuse;
mod graph;
mod program;

pub(crate) use builtin::{BUILTINS, Builtin};
pub(crate) use fuse::{Expression, Input};
pub(crate) use graph::{Graph, Id, What, argument, broadcast};
pub(crate) use program::{Lent, ProgramBuf};
