//! More values around each sample.

use super::{Constants, Describe};
use crate::facts::{Facts, Input, Kind, Output, Saved};
use crate::fields::{choice, fields};
use crate::params::Read;
use crate::sizes::{Sizes, count};

/// `Pad<(BEFORE, AFTER), .., value = 0.0, reflect = false, replicate = false>`: more values in front of each of the last axes of a sample
/// and behind it, a pair for each, of which the last is the last axis': `Pad<(TOP, BOTTOM), (LEFT, RIGHT)>` for an image. A number
/// stands for a pair of it.
///
/// The values are the constant `value`, or of the sample: for `reflect = true` what lies as far on the other side of its edge, which is
/// not repeated, and for `replicate = true` its edge. Shapes: the input's, whose axes have BEFORE + AFTER more in the output. PyTorch's
/// `F.pad`, whose pairs begin with the last axis': `F.pad(x, (LEFT, RIGHT, TOP, BOTTOM))`, with `mode="reflect"` or `mode="replicate"`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pad {
    /// The product of the dimensions in front of the image's.
    pub planes: usize,
    /// Rows and columns of the image.
    pub image: [usize; 2],
    /// Rows above the image and columns left of it.
    pub before: [usize; 2],
    /// Rows below the image and columns right of it.
    pub after: [usize; 2],
    /// What is there.
    pub fill: Fill,
    /// The constant.
    pub value: f32,
}

/// What stands around a padded sample.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fill {
    /// A constant.
    Constant,
    /// The sample, reflected at its edge.
    Reflect,
    /// The sample's edge.
    Replicate,
}

choice!("layers" Fill: Constant Reflect Replicate);
fields!(Pad: planes image before after fill value);

impl Pad {
    /// Rows and columns of the padded image.
    #[inline]
    pub fn padded(&self) -> [usize; 2] {
        [0, 1].map(|axis| self.before[axis] + self.image[axis] + self.after[axis])
    }
}

impl Describe for Pad {
    #[inline]
    fn facts(&self) -> Facts {
        Facts { input: Input::Any, output: Output::New, kind: Kind::Plain, saved: Saved::NOTHING }
    }

    fn params(&self, _: &mut dyn FnMut(Read)) {}

    fn constants(&self, to: &mut dyn Constants) {
        let pairs = [
            (["HEIGHT", "WIDTH"], self.image),
            (["TOP", "LEFT"], self.before),
            (["BOTTOM", "RIGHT"], self.after),
            (["OUT_ROWS", "OUT_COLUMNS"], self.padded()),
        ];
        for (names, pair) in pairs {
            names.into_iter().zip(pair).for_each(|(name, size)| to.size(name, size));
        }
        to.flag("REFLECT", self.fill == Fill::Reflect);
        to.flag("REPLICATE", self.fill == Fill::Replicate);
        to.number("VALUE", self.value);
    }

    /// What is reflected lies in the image.
    fn sizes(&self) -> Option<Sizes> {
        let Pad { planes, image, before, after, fill, value } = *self;
        for axis in 0..2 {
            let sides = before[axis].checked_add(after[axis])?;
            sides.checked_add(image[axis])?;
            let most = if fill == Fill::Reflect { image[axis].checked_sub(1)? } else { usize::MAX };
            if before[axis].max(after[axis]) > most {
                return None;
            }
        }
        let len = |[rows, columns]: [usize; 2]| count(&[planes, rows, columns]);
        let sizes = Sizes::new(len(image)?, len(self.padded())?);
        value.is_finite().then_some(sizes)
    }
}
