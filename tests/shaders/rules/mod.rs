//! What a shader may not contain, so that it computes the same bits on every device: ARCHITECTURE.md, "The rules of arithmetic".
//!
//! [`check`] parses and validates a module, then looks at it three times. `literals` reads the constants, `operations` every
//! operation by itself, and `walk` follows values: it runs every function on symbols, calls inlined and loops taken a
//! few times, and so knows of each operand which product, sum or fma it may be. A value stops being one when it goes
//! through its bits, as in `flush`: drivers do not look across that.
//!
//! What the walk cannot see: a value that comes back through a buffer from an earlier dispatch or another invocation, which
//! no driver can see either; and a common factor or a cancellation after more rounds of a loop than are taken.

mod control;
mod graph;
mod literals;
mod memory;
mod operations;
mod report;
mod sums;
mod values;
mod walk;

use naga::valid::{Capabilities, ValidationFlags, Validator};
use report::Report;

/// Refuses a module that breaks a rule, with one sentence for each place: the kernel, the function, the line with its text,
/// the rule and the cure.
pub fn check(name: &str, source: &str) -> Result<(), Vec<String>> {
    let module = naga::front::wgsl::parse_str(source)
        .map_err(|error| vec![format!("kernel `{name}`: [parse] {}", error.emit_to_string(source))])?;
    let info = Validator::new(ValidationFlags::all(), Capabilities::empty())
        .validate(&module)
        .map_err(|error| vec![format!("kernel `{name}`: [valid] {}", error.emit_to_string(source))])?;
    let mut report = Report::new(name, source);
    literals::check(&module, &mut report);
    operations::check(&module, &info, &mut report);
    walk::check(&module, &info, &mut report);
    report.finish()
}
