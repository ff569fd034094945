//! What attention promises beside its values.

mod common;

use common::{Random, assert_same_bits};
use loom::prelude::*;

network! {
    struct Causal: [9, 12] {
        MultiHeadAttention<12, 3, causal = true> -> MultiHeadAttention<12, 2, causal = true, rotary = true>
    }
}

/// No later step reaches an earlier one, whatever it holds.
#[test]
fn a_causal_step_sees_no_later_one() {
    let net = Causal::new(Seed(1));
    let inputs: Vec<[[f32; 12]; 9]> = Random(2).samples(1, -2.0, 2.0);
    let whole = net.forward(&inputs[0]);
    for seen in 1..9 {
        for later in [0.0, 1e10, f32::INFINITY, f32::NAN] {
            let mut input = inputs[0];
            input[seen..].fill([later; 12]);
            let found = net.forward(&input);
            assert_same_bits(|| format!("{seen} steps, then {later}"), &whole[..seen], &found[..seen]);
        }
    }
}
