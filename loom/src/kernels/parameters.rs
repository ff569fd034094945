//! Where a forward pass finds a network's parameters.

use crate::kernels::packed::Packed;
use crate::kernels::{Buffer, Matrix, Panels, Weight};
use crate::numerics::arith::Element;

/// The parameters of a network, by the offsets that its plan gives them.
#[derive(Clone, Copy)]
pub(crate) struct Parameters<'a, T> {
    values: &'a [T],
    /// In the order of the offsets; empty where the values themselves are laid out by the plan.
    places: &'a [Place],
}

/// A parameter or a table of a network that holds some of its weights packed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Place {
    /// Where the plan has it.
    pub(crate) offset: usize,
    pub(crate) at: At,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum At {
    /// Among the values, from here on.
    Values(usize),
    /// Its codes, on their own, behind a pointer, since a place of values has no need of their room.
    Packed(Box<Packed>),
    /// The panels of its transpose.
    Panels(Box<Panels<Buffer<f32>>>),
}

impl Place {
    /// What is at an offset of the plan.
    pub(crate) fn find(places: &[Place], offset: usize) -> &At {
        let index = places.binary_search_by_key(&offset, |place| place.offset);
        &places[index.expect("a layer reads the parameters of its plan")].at
    }
}

impl<'a, T> Parameters<'a, T> {
    /// Values that are laid out by the plan.
    pub(crate) fn flat(values: &'a [T]) -> Self {
        Parameters { values, places: &[] }
    }

    /// Values that lie where the places say.
    pub(crate) fn placed(values: &'a [T], places: &'a [Place]) -> Self {
        Parameters { values, places }
    }

    /// Where a parameter is, if not where the plan has it.
    fn at(&self, offset: usize) -> Option<&'a At> {
        (!self.places.is_empty()).then(|| Place::find(self.places, offset))
    }

    /// A vector or a table, which is never packed.
    pub(crate) fn vector(&self, offset: usize, len: usize) -> &'a [T] {
        let start = match self.at(offset) {
            None => offset,
            Some(At::Values(start)) => *start,
            Some(packed) => unreachable!("{packed:?} is no vector"),
        };
        &self.values[start..start + len]
    }

    /// A weight of two or more dimensions, as a matrix.
    pub(crate) fn matrix(&self, offset: usize, [rows, columns]: [usize; 2]) -> Weight<'a, T>
    where
        T: Element,
    {
        let plain = |start: usize| Weight::Plain(Matrix::rows(&self.values[start..start + rows * columns], columns));
        match self.at(offset) {
            None => plain(offset),
            Some(At::Values(start)) => plain(*start),
            Some(At::Packed(packed)) => Weight::Packed(packed),
            Some(At::Panels(panels)) => Weight::Panels(panels.view()),
        }
    }
}
