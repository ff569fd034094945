//! Names in the user's crate that the expansion must not pick up, and methods without the trait.

#![deny(warnings)]
#![allow(non_upper_case_globals, dead_code)]

const input: usize = 1;
const inputs: usize = 1;
static outputs: usize = 1;
const path: usize = 1;
const init: usize = 1;
const f: usize = 1;
const rounding: usize = 1;
const scale: f32 = 1.0;
static seed: usize = 1;
static weights: usize = 1;
static device: usize = 1;

/// Methods on everything, by value, which the compiler would find before those that borrow.
trait Blanket: Sized {
    fn field(self, _: &str, _: &dyn std::fmt::Debug) {}
    fn debug_struct(self, _: &str) {}
    fn finish_non_exhaustive(self) {}
    fn weights(self) {}
}

impl<T> Blanket for T {}

loom::network! { struct Net { Dense<2, 64> -> Tanh -> Dense<64, 1> } }

fn main() {
    let mut net = Net::new(loom::Seed(1));
    assert_eq!(format!("{net:?}"), "Net { parameters: 257, .. }");
    let cpu = loom::Cpu::new();
    let output: [f32; 1] = Net::on(&net, &cpu).forward(&[0.0, 1.0]).expect("there is memory");
    assert_eq!(Net::forward(&net, &[0.0, 1.0]), output);
    assert_eq!(*Net::forward_boxed(&net, &[0.0, 1.0]), output);
    let mut room = [[0.0; 1]];
    Net::forward_into(&net, &[[0.0, 1.0]], &mut room).unwrap();
    assert_eq!(room, [output]);
    let options = loom::quantize::Rounding::new();
    let small: Net<loom::dtype::F4> = net.quantize_with(&options).unwrap();
    let also: Net<loom::dtype::F4> = net.quantize_calibrated(&options, &[[0.0, 1.0]], 1.0).unwrap();
    assert!(Net::weights(&small).bits_per_weight() < 16.0 && Net::weights(&also).bits_per_weight() < 16.0);
    let print = net.fingerprint();
    let copy = Net::from_weights(Net::weights(&net).clone()).unwrap();
    assert_eq!(copy.fingerprint(), print);
    *net.weights_mut() = loom::WeightsOf::new(Net::weights(&copy).clone()).unwrap();
    assert_eq!(net.fingerprint(), print);
}
