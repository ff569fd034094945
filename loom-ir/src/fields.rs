//! Structs as lists of fields, so that plans and layers are printed and hashed by code that knows none of them.

use crate::layers::{Activation, Layer};

/// A struct as a list of fields.
pub trait Fields {
    /// The name of the struct.
    fn name(&self) -> &'static str;

    /// Calls `f` with the name and the value of each field, in order.
    fn for_each(&self, f: &mut dyn FnMut(&'static str, Value<'_>));

    /// Calls `f` with each number and each activation function among the fields, to change them.
    fn for_each_mut<'a>(&'a mut self, f: &mut dyn FnMut(ValueMut<'a>));
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
    /// A variant with one number, by its module, its enum and its name.
    ChoiceOf([&'static str; 3], f32),
    /// Numbers.
    Numbers(&'a [f32]),
    /// An activation function.
    Activation(Activation),
    /// A layer.
    Layer(&'a Layer),
    /// A struct of further fields.
    Struct(&'a dyn Fields),
    /// A slice of structs.
    List(&'a dyn List),
}

/// What a field holds, to be changed.
pub enum ValueMut<'a> {
    /// A `usize`, also one of several.
    Size(&'a mut usize),
    /// An `f32`.
    Number(&'a mut f32),
    /// An activation function.
    Activation(&'a mut Activation),
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

    /// Nothing, where the field is neither a number nor an activation function.
    fn for_each_mut<'a>(&'a mut self, _: &mut dyn FnMut(ValueMut<'a>)) {}
}

macro_rules! field {
    ($($type:ty => $variant:ident $(, mut $each:ident)?;)*) => {$(
        impl Field for $type {
            fn value(&self) -> Value<'_> {
                Value::$variant(*self)
            }

            $(fn for_each_mut<'a>(&'a mut self, f: &mut dyn FnMut(ValueMut<'a>)) {
                f(ValueMut::$each(self));
            })?
        }
    )*};
}
field!(
    usize => Size, mut Size;
    Option<usize> => Index;
    &[usize] => Sizes;
    &[f32] => Numbers;
    u32 => Word;
    f32 => Number, mut Number;
    bool => Flag;
    &str => Text;
    Activation => Activation, mut Activation;
);

impl Field for [usize; 2] {
    fn value(&self) -> Value<'_> {
        Value::Pair(*self)
    }

    fn for_each_mut<'a>(&'a mut self, f: &mut dyn FnMut(ValueMut<'a>)) {
        self.iter_mut().for_each(|size| f(ValueMut::Size(size)));
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

/// Makes an enum of variants without values, which is in this module, a type that a field may have.
macro_rules! choice {
    ($module:literal $name:ident: $($variant:ident)*) => {
        impl $crate::fields::Field for $name {
            fn value(&self) -> $crate::fields::Value<'_> {
                let variant = match self { $($name::$variant => stringify!($variant)),* };
                $crate::fields::Value::Choice([$module, stringify!($name), variant])
            }
        }
    };
}
pub(crate) use choice;

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

            fn for_each_mut<'a>(&'a mut self, f: &mut dyn FnMut($crate::fields::ValueMut<'a>)) {
                let Self { $($field),* } = self;
                $($crate::fields::Field::for_each_mut($field, f);)*
            }
        }
    };
}
pub(crate) use fields;
