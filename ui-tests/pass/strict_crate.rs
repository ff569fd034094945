//! A crate that denies what it can, without a prelude, and with names that the expansion must not pick up.

#![deny(
    warnings,
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    missing_debug_implementations
)]
#![forbid(unsafe_code)]
#![no_implicit_prelude]

extern crate loom as weaver;
extern crate std;

/// Networks under names of the standard library and of Loom.
pub mod networks {
    /// Not the standard library's.
    #[derive(Debug)]
    pub struct Vec;
    /// Not the standard library's.
    #[derive(Debug)]
    pub struct Option;
    /// Not the standard library's.
    #[derive(Debug)]
    pub struct Some;
    /// Not the primitive type.
    #[allow(non_camel_case_types)]
    #[derive(Debug)]
    pub struct f32;
    /// Not the primitive type.
    #[allow(non_camel_case_types)]
    #[derive(Debug)]
    pub struct usize;

    ::weaver::network! {
        /// Several inputs and outputs.
        pub struct Ports(image: [2, 3], r#type: [1], gen: [2]) -> (some, vec, gen) {
            let some = Concat { image -> Flatten | r#type | gen } -> Dense<9, 2>;
            let vec = some -> Dense<2, 3>;
        }
        /// Shadows `Result`.
        pub struct Result { Dense<2, 8> -> Relu -> Plan -> Residual { Step } }
        pub struct Plan { Dense<8, 8, bias = false> -> Flatten }
        #[derive(::core::fmt::Debug)]
        struct Step { Dense<8, 8> -> Tanh }
    }
}

fn main() {
    let net = networks::Result::new(::weaver::Seed(1));
    ::std::assert_eq!(networks::Result::PARAMETERS, 2 * 8 + 8 + 8 * 8 + 8 * 8 + 8);
    let _: [::core::primitive::f32; 8] = net.forward(&[0.0, 1.0]);
    ::std::assert_eq!(::std::format!("{net:?}"), "Result { parameters: 160, .. }");
    let input = networks::PortsInput { image: [[0.0; 3]; 2], r#type: [0.0], r#gen: [1.0, 2.0] };
    ::std::assert_eq!(networks::Ports::new(::weaver::Seed(1)).forward(&input).r#gen, [1.0, 2.0]);
}
