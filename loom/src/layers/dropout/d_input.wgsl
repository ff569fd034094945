// d_x = SCALE d_y where the mask, drawn again, keeps the value, else 0: d_x and d_y [batch, LEN].
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
            var value = gradients[D_OUTPUT * call.batch + i];
            if call.training != 0u {
                value = masked(value, words[word]);
            }
            gradients[D_INPUT * call.batch + i] = value;
        }
    }
}
