//! The shape between two layers.

use super::Origin;
use crate::ast::Struct;
use crate::layers::Shape;

/// The shape between two layers, and who gave it.
#[derive(Clone)]
pub(super) struct Flow<'a> {
    /// Not known before the first layer fixes it, and after some errors.
    pub(super) shape: Option<Shape>,
    pub(super) origin: Option<Origin<'a>>,
    /// Whether the next layer shall fix the input shape.
    pub(super) is_open: bool,
    /// The input shape that the first layer fixed.
    pub(super) fixed: Option<Shape>,
}

impl<'a> Flow<'a> {
    /// The declared input shape of a struct.
    pub(super) fn input(shape: Shape, decl: &'a Struct) -> Self {
        Self { shape: Some(shape), origin: Some(Origin::Input(decl)), ..Self::lost() }
    }

    /// An input shape that the first layer has to fix.
    pub(super) fn open() -> Self {
        Self { is_open: true, ..Self::lost() }
    }

    /// A shape that an error, reported already, made unknown.
    pub(super) fn lost() -> Self {
        Self { shape: None, origin: None, is_open: false, fixed: None }
    }

    /// The flow after a layer: another shape, or none after an error.
    pub(super) fn then(self, shape: Option<Shape>, origin: Option<Origin<'a>>) -> Self {
        Self { shape, origin, is_open: false, fixed: self.fixed }
    }

    /// Fixes the input shape.
    pub(super) fn fix(&mut self, shape: &Shape) {
        self.is_open = false;
        self.shape = Some(shape.clone());
        self.fixed = Some(shape.clone());
    }
}
