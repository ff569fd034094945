// y = SCALE x where the mask keeps the value, else 0: x and y [batch, LEN]. Beyond training, y = x.
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
            var value = activations[INPUT * call.batch + i];
            if call.training != 0u {
                value = masked(value, words[word]);
            }
            activations[OUTPUT * call.batch + i] = value;
        }
    }
}
