//! Structs as lists of fields, so that plans and layers are printed and hashed by code that knows none of them.

use crate::layers::{Activation, Cell, Layer};

/// A struct as a list of fields.
pub trait Fields {
    /// The name of the struct.
    fn name(&self) -> &'static str;

    /// Calls `f` with the name and the value of each field, in order.
    fn for_each(&self, f: &mut dyn FnMut(&'static str, Value<'_>));

    /// The field that is an activation function, if there is one.
    fn activation(&mut self) -> Option<&mut Activation>;
}

/// What a field holds.
#[derive(Clone, Copy)]
pub enum Value<'a> {
    /// A `usize`.
    Size(usize),
    /// An `Option<usize>`.
    Index(Option<usize>),
    /// A `[usize; 2]`.
    Pair([usize; 2]),
    /// A `&[usize]`.
    Sizes(&'a [usize]),
    /// A `u32`.
    Word(u32),
    /// An `f32`.
    Number(f32),
    /// A `bool`.
    Flag(bool),
    /// A `&str`.
    Text(&'a str),
    /// A variant without values, by its module, its enum and its name.
    Choice([&'static str; 3]),
    /// An activation function.
    Activation(Activation),
    /// A layer.
    Layer(&'a Layer),
    /// A struct of further fields.
    Struct(&'a dyn Fields),
    /// A slice of structs.
    List(&'a dyn List),
}

/// A slice of structs.
pub trait List {
    /// Calls `f` with each of them, in order.
    fn for_each(&self, f: &mut dyn FnMut(&dyn Fields));

    /// How many there are.
    fn count(&self) -> usize;
}

impl<T: Fields> List for &[T] {
    fn for_each(&self, f: &mut dyn FnMut(&dyn Fields)) {
        self.iter().for_each(|item| f(item));
    }

    fn count(&self) -> usize {
        self.len()
    }
}

/// A type that a field may have.
pub(crate) trait Field {
    fn value(&self) -> Value<'_>;

    fn activation(&mut self) -> Option<&mut Activation> {
        None
    }
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
    Option<usize> => Index,
    [usize; 2] => Pair,
    &[usize] => Sizes,
    u32 => Word,
    f32 => Number,
    bool => Flag,
    &str => Text,
);

impl Field for Activation {
    fn value(&self) -> Value<'_> {
        Value::Activation(*self)
    }

    fn activation(&mut self) -> Option<&mut Activation> {
        Some(self)
    }
}

impl Field for Cell {
    fn value(&self) -> Value<'_> {
        Value::Choice(["layers", "Cell", self.name()])
    }
}

impl Field for Layer {
    fn value(&self) -> Value<'_> {
        Value::Layer(self)
    }
}

impl<T: Fields> Field for &[T] {
    fn value(&self) -> Value<'_> {
        Value::List(self)
    }
}

/// Implements [`Fields`] for a struct. The compiler refuses a list that lacks a field.
macro_rules! fields {
    ($name:ident $(<$lifetime:lifetime>)?: $($field:ident)*) => {
        impl $crate::fields::Fields for $name $(<$lifetime>)? {
            fn name(&self) -> &'static str {
                stringify!($name)
            }

            fn for_each(&self, f: &mut dyn FnMut(&'static str, $crate::fields::Value<'_>)) {
                let Self { $($field),* } = self;
                $(f(stringify!($field), $crate::fields::Field::value($field));)*
            }

            fn activation(&mut self) -> Option<&mut $crate::layers::Activation> {
                let Self { $($field),* } = self;
                [$($crate::fields::Field::activation($field)),*].into_iter().flatten().next()
            }
        }
    };
}
pub(crate) use fields;
