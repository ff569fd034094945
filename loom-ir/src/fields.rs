//! The fields of a layer by name, so that the macro can print any layer without knowing it.

use crate::layers::{Activation, Cell};

/// A layer as a list of fields.
pub trait Fields {
    /// The name of its struct.
    fn name(&self) -> &'static str;

    /// Calls `f` with the name and the value of each field, in order.
    fn for_each(&self, f: &mut dyn FnMut(&'static str, Value<'_>));
}

/// What a field holds.
#[derive(Clone, Copy)]
pub enum Value<'a> {
    /// A `usize`.
    Size(usize),
    /// An `Option<usize>`.
    Offset(Option<usize>),
    /// A `[usize; 2]`.
    Pair([usize; 2]),
    /// A `u32`.
    Word(u32),
    /// An `f32`.
    Number(f32),
    /// A `bool`.
    Flag(bool),
    /// An activation function.
    Activation(Activation),
    /// What a recurrence computes.
    Cell(Cell),
    /// A struct of further fields.
    Struct(&'a dyn Fields),
}

/// A type that a field may have.
pub(crate) trait Field {
    fn value(&self) -> Value<'_>;
}

macro_rules! field {
    ($($type:ty => $variant:ident),* $(,)?) => {$(
        impl Field for $type {
            fn value(&self) -> Value<'_> {
                Value::$variant(*self)
            }
        }
    )*};
}
field!(
    usize => Size,
    Option<usize> => Offset,
    [usize; 2] => Pair,
    u32 => Word,
    f32 => Number,
    bool => Flag,
    Activation => Activation,
    Cell => Cell,
);

/// Implements [`Fields`] for a struct. The compiler refuses a list that lacks a field.
macro_rules! fields {
    ($name:ident: $($field:ident)*) => {
        impl $crate::fields::Fields for $name {
            fn name(&self) -> &'static str {
                stringify!($name)
            }

            fn for_each(&self, f: &mut dyn FnMut(&'static str, $crate::fields::Value<'_>)) {
                let Self { $($field),* } = self;
                $(f(stringify!($field), $crate::fields::Field::value($field));)*
            }
        }
    };
}
pub(crate) use fields;
