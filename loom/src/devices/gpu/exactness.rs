//! What the probe of an adapter's arithmetic found.

use crate::run::cpu::Flavour;
use core::fmt;

/// What the probe found out about an adapter's arithmetic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exactness {
    /// Every result of the probe has the bits that the CPU computes in this rounding mode.
    Exact(Flavour),
    /// Some have not: results on this adapter may differ from the CPU's.
    Deviates(Deviation),
}

/// The first result of an adapter that differs from the CPU's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deviation {
    /// The function or formula.
    pub function: &'static str,
    /// The bits of its arguments; empty for sums of products.
    pub arguments: Vec<u32>,
    /// The bits that the adapter gave.
    pub gpu: u32,
    /// The bits that the CPU gives.
    pub cpu: u32,
    /// The rounding mode that the adapter is nearest to, in which the CPU computed.
    pub flavour: Flavour,
    /// How many results of the function differ.
    pub differing: usize,
    /// How many results of the function were compared.
    pub of: usize,
    /// The other functions of which some result differs.
    pub others: Vec<&'static str>,
}

/// `exact(Fused)`, or a sentence that names the deviation.
impl fmt::Display for Exactness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Exactness::Exact(flavour) => write!(f, "exact({flavour:?})"),
            Exactness::Deviates(deviation) => write!(f, "deviates: {deviation}"),
        }
    }
}

/// `tanh at 3f200000 gives 3f0e00a1, the CPU in Fused 3f0e00a2 (3 of 22914 differ); also erf`.
impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.function)?;
        for (i, bits) in self.arguments.iter().enumerate() {
            write!(f, "{}{bits:08x}", if i == 0 { " at " } else { ", " })?;
        }
        let Deviation { gpu, cpu, flavour, differing, of, .. } = self;
        write!(f, " gives {gpu:08x}, the CPU in {flavour:?} {cpu:08x} ({differing} of {of} differ)")?;
        if !self.others.is_empty() {
            write!(f, "; also {}", self.others.join(", "))?;
        }
        Ok(())
    }
}
