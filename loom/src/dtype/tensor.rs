//! The number formats that tensors of safetensors files have, those included that Loom does not compute with.

use core::fmt;

/// The number formats of tensors, from the narrowest on: files have them in the opposite order.
macro_rules! dtypes {
    ($($name:ident: $bits:literal,)*) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms, reason = "as they stand in files")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Dtype { $($name,)* }

        impl Dtype {
            pub(crate) fn name(self) -> &'static str {
                match self { $(Dtype::$name => stringify!($name),)* }
            }

            pub(crate) fn bits(self) -> usize {
                match self { $(Dtype::$name => $bits,)* }
            }

            pub(crate) fn from_name(name: &str) -> Option<Dtype> {
                match name {
                    $(stringify!($name) => Some(Dtype::$name),)*
                    _ => None,
                }
            }
        }
    };
}

dtypes! {
    BOOL: 8,
    F4: 4,
    F6_E2M3: 6,
    F6_E3M2: 6,
    U8: 8,
    I8: 8,
    F8_E5M2: 8,
    F8_E4M3: 8,
    F8_E8M0: 8,
    F8_E4M3FNUZ: 8,
    F8_E5M2FNUZ: 8,
    I16: 16,
    U16: 16,
    F16: 16,
    BF16: 16,
    I32: 32,
    U32: 32,
    F32: 32,
    C64: 64,
    F64: 64,
    I64: 64,
    U64: 64,
}

impl fmt::Display for Dtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
