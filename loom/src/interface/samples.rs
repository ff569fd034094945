//! The structs that are the samples of networks with several inputs or outputs.

/// A struct of arrays of `f32` that is a sample: its fields lie one after the other, without gaps.
#[doc(hidden)]
#[macro_export]
macro_rules! __sample {
    (
        $(#[$doc:meta])*
        $vis:vis struct $name:ident { $($(#[$field_doc:meta])* $field:ident: $ty:ty),* $(,)? }
    ) => {
        $(#[$doc])*
        #[allow(dead_code)]
        #[derive(
            ::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug, ::core::cmp::PartialEq,
        )]
        #[repr(C)]
        $vis struct $name {
            $($(#[$field_doc])* $vis $field: $ty),*
        }

        const _: () = ::core::assert!(
            ::core::mem::size_of::<$name>() == 4 * <$name as $crate::Sample>::LEN,
            "the fields are arrays of `f32`"
        );

        // SAFETY: zeros are numbers.
        unsafe impl $crate::private::bytemuck::Zeroable for $name {}

        // SAFETY: the fields are samples of 4-byte numbers, which are plain data and lie one after the other without gaps, as is
        // asserted above.
        unsafe impl $crate::private::bytemuck::Pod for $name {}

        impl $crate::private::Sealed for $name {}

        impl $crate::Sample for $name {
            type Scalar = ::core::primitive::f32;
            type AsF32 = Self;
            const LEN: ::core::primitive::usize = 0 $(+ <$ty as $crate::Sample>::LEN)*;
        }

        impl $crate::data::Target for $name {
            fn append(__loom_targets: &[Self], __loom_batch: &mut $crate::data::TargetBatch) {
                <::core::primitive::f32 as $crate::data::Target>::append(
                    <Self as $crate::Sample>::flat(__loom_targets),
                    __loom_batch,
                );
            }
        }

        impl $crate::loss::Outputs for $name {
            type Parts = ($($ty,)*);
        }
    };
}
