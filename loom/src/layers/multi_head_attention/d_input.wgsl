// d_q = d_S k, d_k = d_S^T q and d_v = P^T d_o, in each head, side by side [batch, STEPS, 3 FEATURES]; d_q and d_k turned back.
// An item is a value, or a pair where they are turned.

// Value `column` of the gradients of the queries, keys and values of a step, those of all samples counted, before they are
// turned back.
fn d_projected(step: u32, column: u32) -> f32 {
    let t = step % STEPS;
    let first = step - t;
    let within = column % FEATURES;
    let row = first * HEADS + within / WIDTH * STEPS;
    var sum = 0.0f;
    if column < FEATURES {
        for (var j = 0u; j < seen_by(t); j++) {
            sum = fma(scratch[(row + t) * STEPS + j], projected(first + j, FEATURES + within), sum);
        }
    } else if column < 2u * FEATURES {
        for (var i = first_to_see(t); i < STEPS; i++) {
            sum = fma(scratch[(row + i) * STEPS + t], projected(first + i, within), sum);
        }
    } else {
        let d_o = D_OUTPUT * call.batch + first * FEATURES + within;
        for (var i = first_to_see(t); i < STEPS; i++) {
            sum = fma(activations[row_of(row + i) + t], gradients[d_o + i * FEATURES], sum);
        }
    }
    return flush(sum);
}

fn run(number: u32) {
    let count = call.batch * STEPS * 3u * FEATURES;
    if ROTARY {
        let i = number * 2u;
        if i < count {
            let step = i / (3u * FEATURES);
            let column = i % (3u * FEATURES);
            var pair = vec2<f32>(d_projected(step, column), d_projected(step, column + 1u));
            if column < 2u * FEATURES {
                let angle = TABLE + step % STEPS * WIDTH + column % WIDTH;
                pair = turn_pair(pair, -weights[angle], weights[angle + 1u]);
            }
            gradients[D_INPUT * call.batch + i] = pair.x;
            gradients[D_INPUT * call.batch + i + 1u] = pair.y;
        }
    } else if number < count {
        let d = d_projected(number / (3u * FEATURES), number % (3u * FEATURES));
        gradients[D_INPUT * call.batch + number] = d;
    }
}
