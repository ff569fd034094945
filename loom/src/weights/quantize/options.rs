//! The options of rounding.

use crate::dtype::{Choice, Encoded, Family, Format, Search, usual_group};
use crate::error::{DAMPING, Error, RoundingError, require};
use core::fmt;

/// How the weights of a network are rounded to a format that has fewer values. See the [module](super).
///
/// ```
/// use loom::quantize::{Granularity, Rounding, Search};
///
/// let rounding = Rounding::new().granularity(Granularity::Block32).search(Search::LeastSquares);
/// assert_ne!(rounding, Rounding::new());
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rounding {
    granularity: Option<Granularity>,
    search: Option<Search>,
    pub(super) damping: f64,
}

/// Which weights share a scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Granularity {
    /// All of a tensor.
    PerTensor,
    /// Those of an output channel: a row. The integers' own.
    PerChannel,
    /// 16 of a row, side by side. F4's own.
    Block16,
    /// 32 of a row, side by side.
    Block32,
}

impl fmt::Display for Granularity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Granularity::PerTensor => "tensor",
            Granularity::PerChannel => "channel",
            Granularity::Block16 => "block of 16",
            Granularity::Block32 => "block of 32",
        })
    }
}

impl Rounding {
    /// To nearest, with the scales that [`dtype`](crate::dtype) gives for a format; and with a damping of 0.01 for
    /// calibration.
    pub fn new() -> Self {
        Rounding { granularity: None, search: None, damping: DAMPING }
    }

    /// Which weights share a scale, in formats that have scales.
    #[must_use]
    pub fn granularity(self, granularity: Granularity) -> Self {
        Rounding { granularity: Some(granularity), ..self }
    }

    /// How scales are found, in formats of at most 16 bits that have scales. Without this, the integers take the greatest
    /// magnitude, unless they are calibrated; all else has the least squares.
    #[must_use]
    pub fn search(self, search: Search) -> Self {
        Rounding { search: Some(search), ..self }
    }

    /// How much calibration believes the inputs it has seen: this part of the mean of the Hessian's diagonal is added to each
    /// of its elements. Above 0; more is more like rounding to nearest.
    #[must_use]
    pub fn damping(self, damping: f64) -> Self {
        Rounding { damping, ..self }
    }

    /// Encodes a weight `[rows, columns]`, given row after row, with each value rounded to nearest.
    ///
    /// ```
    /// use loom::dtype::Format;
    /// use loom::quantize::{Granularity, Rounding};
    ///
    /// let encoded = Rounding::new().granularity(Granularity::PerTensor).encode(Format::I8, [2, 1], &[127.0, -50.0])?;
    /// assert_eq!((&*encoded.parts().data, encoded.parts().scale.len()), (&[127, 206][..], 1));
    /// # Ok::<(), loom::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Rounding`] where the format has no use for an option.
    ///
    /// # Panics
    /// As [`Encoded::encode`].
    pub fn encode(&self, format: Format, shape: [usize; 2], values: &[f32]) -> Result<Encoded, Error> {
        self.check(format)?;
        Ok(self.encode_plain(format, shape, values))
    }

    /// [`encode`](Self::encode), with options that the format has a use for.
    pub(super) fn encode_plain(&self, format: Format, shape: [usize; 2], values: &[f32]) -> Encoded {
        Encoded::encode_with(format, shape, values, self.choice(format, shape[1], &[]), |_, plain| plain)
    }

    /// Whether a format can be rounded so.
    pub(super) fn check(&self, format: Format) -> Result<(), Error> {
        let has_scales = format.family() != Family::Float;
        let unused = |option| Err(RoundingError::Unused { option, format }.into());
        if self.granularity.is_some() && !has_scales {
            return unused("a granularity of scales");
        }
        if self.search.is_some() && !(has_scales && format.bits() <= 16) {
            return unused("a search for scales");
        }
        Ok(())
    }

    /// The options that a format has a use for.
    pub(super) fn applicable(&self, format: Format) -> Rounding {
        if self.check(format).is_ok() { *self } else { Rounding { damping: self.damping, ..Rounding::new() } }
    }

    /// Whether a format gains anything from calibration.
    pub(super) fn check_compensated(&self, format: Format) -> Result<(), Error> {
        require(self.damping > 0.0 && self.damping.is_finite(), "damping", self.damping, "finite and above 0")?;
        if format.bits() > 16 {
            return Err(RoundingError::Unused { option: "calibration", format }.into());
        }
        Ok(())
    }

    /// How a weight's scales are chosen.
    pub(super) fn choice<'a>(&self, format: Format, columns: usize, importance: &'a [f64]) -> Choice<'a> {
        let group = match self.granularity {
            None => usual_group(format, columns),
            Some(Granularity::PerTensor) => 0,
            Some(Granularity::PerChannel) => columns,
            Some(Granularity::Block16) => 16,
            Some(Granularity::Block32) => 32,
        };
        let is_usual = is_integer(format) && (importance.is_empty() || format.bits() > 16);
        let search = self.search.unwrap_or(if is_usual { Search::Greatest } else { Search::LeastSquares });
        Choice { group, search, importance }
    }
}

impl Default for Rounding {
    fn default() -> Self {
        Rounding::new()
    }
}

fn is_integer(format: Format) -> bool {
    matches!(format.family(), Family::Signed | Family::Unsigned)
}
