// Value e of the batch takes word e mod 4 of Philox's block e / 4, and is kept where the word is at least THRESHOLD. The
// counter is (e / 4, STREAM, low and high half of the step), the key the seed. One invocation takes a block.

// The words of the values from 4 block on.
fn mask(block: u32) -> vec4<u32> {
    return philox(vec4<u32>(block, STREAM, call.step), call.seed);
}

// What becomes of a value, or of its gradient, in training.
fn masked(x: f32, word: u32) -> f32 {
    return select(0.0f, flush(x * SCALE), word >= THRESHOLD);
}

fn run(block: u32) {
    let count = call.batch * LEN;
    if block >= (count + 3u) / 4u {
        return;
    }
    var words = vec4<u32>();
    if call.training != 0u {
        words = mask(block);
    }
    for (var word = 0u; word < 4u; word++) {
        let i = block * 4u + word;
        if i < count {
            var value = value_at(i);
            if call.training != 0u {
                value = masked(value, words[word]);
            }
            put(i, value);
        }
    }
}
