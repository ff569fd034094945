//! What `network!` knows of a network: plain numbers, constants of the user's crate.
//!
//! The shapes and the parameters are there for users. The steps and where their values lie are no part of the public interface.
//!
//! All lengths and offsets count elements (not bytes) and are **per sample**; the executor multiplies them by the batch, the
//! one number that is known only at run time. The macro has checked every size; a plan may also be written by hand, and so
//! each is checked once more before it runs ([`PlanExt::check`]).

mod check;
pub(crate) mod launch;
#[cfg(test)]
mod tests;
mod text;
pub(crate) mod tokens;

pub use check::PlanError;
#[doc(hidden)]
pub use loom_ir::plan::{Argument, Gradient, Instruction, Op, Operand, Program, Slot, Start, Table};
#[doc(inline)]
pub use loom_ir::plan::{Port, Role};

use crate::numerics::fingerprint::Fingerprint;
use hmac_sha256::Hash as Sha256;
use loom_ir::plan as ir;

/// A network as the macro planned it: see [`PlanExt`] for what can be asked of it.
pub type Plan = ir::Plan<'static>;

/// One parameter tensor of a [`Plan`].
pub type Param = ir::Param<'static>;

/// One step of a [`Plan`]: a layer, with what it reads and writes.
#[doc(hidden)]
pub type Step = ir::Step<'static>;

/// What can be asked of a [`Plan`].
pub trait PlanExt {
    /// Whether the plan can run: whether its sizes, offsets and layers agree. Plans that `network!` writes always do.
    ///
    /// ```
    /// use loom::plan::Plan;
    /// use loom::prelude::*;
    ///
    /// network! { struct Xor { Dense<2, 8> -> Tanh -> Dense<8, 1> } }
    ///
    /// assert_eq!(Xor::PLAN.check(), Ok(()));
    /// let error = Plan { weights_len: 7, ..*Xor::PLAN }.check().expect_err("there are 33 weights");
    /// assert_eq!(error.to_string(), "the plan of `Xor` cannot run: `weights_len`: it is not where the last parameter ends");
    /// ```
    ///
    /// # Errors
    /// The first fault.
    fn check(&self) -> Result<(), PlanError>;

    /// SHA-256 of all that the plan says of what is computed, as text with a version: equal for plans that say the same.
    fn fingerprint(&self) -> Fingerprint;
}

impl PlanExt for Plan {
    fn check(&self) -> Result<(), PlanError> {
        check::check(self)
    }

    fn fingerprint(&self) -> Fingerprint {
        Fingerprint(Sha256::hash(text::text(self).as_bytes()))
    }
}

/// Checks a plan.
///
/// # Panics
/// Where it cannot run.
#[track_caller]
pub(crate) fn assert_runs(plan: &Plan) {
    plan.check().unwrap_or_else(|error| panic!("{error}"));
}
