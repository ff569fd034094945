//! `MultiHeadAttention`: the networks that every check runs.

layer! {
    networks {
        AttentionOne: [1, 4] { MultiHeadAttention<4, 1> }
        AttentionHeads: [17, 12] { MultiHeadAttention<12, 3> -> Tanh }
        AttentionCausal: [17, 10] { MultiHeadAttention<10, 2, causal = true, bias = false> }
        AttentionWide: [5, 64] { MultiHeadAttention<64, 1, causal = true> }
        AttentionRotary: [17, 12] { Dense<12, 12> -> MultiHeadAttention<12, 3, rotary = true> }
        AttentionRotaryCausal: [8, 24] { MultiHeadAttention<24, 4, causal = true, rotary = true> * 2 }
    }
    tuned {
        AttentionRotary
    }
    packed {
        AttentionRotary
    }
    pytorch {
        attention { pub struct Net: [5, 6] { MultiHeadAttention<6, 2> } }
        attention_one_head { pub struct Net: [17, 4] { MultiHeadAttention<4, 1> } }
        attention_no_bias { pub struct Net: [3, 12] { MultiHeadAttention<12, 4, bias = false> } }
        attention_causal { pub struct Net: [8, 9] { MultiHeadAttention<9, 3, causal = true> } }
        attention_causal_wide { pub struct Net: [17, 64] { MultiHeadAttention<64, 2, causal = true, bias = false> } }
        attention_rotary { pub struct Net: [5, 12] { MultiHeadAttention<12, 3, rotary = true> } }
        attention_rotary_causal { pub struct Net: [17, 8] { MultiHeadAttention<8, 1, causal = true, rotary = true> } }
    }
}
