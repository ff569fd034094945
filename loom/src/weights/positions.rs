//! The values of tables of positions.

use crate::numerics::arith::{Arith, Fused};
use crate::numerics::environment::in_default_environment;
use crate::plan::Table;

/// Writes the table, computed in binary64 and rounded once.
pub(crate) fn fill(table: &Table, values: &mut [f32]) {
    in_default_environment(|| {
        for (t, row) in values.chunks_exact_mut(table.features).enumerate() {
            for (column, value) in row.iter_mut().enumerate() {
                let frequency = libm::pow(10_000.0, -((column - column % 2) as f64) / table.features as f64);
                let angle = t as f64 * frequency;
                *value = Fused::snap(if column % 2 == 0 { libm::sin(angle) } else { libm::cos(angle) } as f32);
            }
        }
    });
}
