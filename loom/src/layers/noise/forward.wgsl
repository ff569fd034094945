// y = random numbers: y [batch, OUTPUT_LEN]. Beyond training, y = MEAN. Value e of the batch takes word e mod 4 of Philox's block e / 4,
// or two values a pair of words.

const UNIT: f32 = 5.9604645e-8f; // 2^-24

// A whole number below 2^24, times 2^-24.
fn unit(whole: u32) -> f32 {
    return f32(whole) * UNIT;
}

// Two numbers of the normal distribution, of two below 2^24.
fn normals(u: u32, v: u32) -> vec2<f32> {
    let r = loom_sqrt(-2.0f * loom_log(fma(f32(u), UNIT, UNIT)));
    // 2 pi times 2^-24.
    let angle = f32(v) * 3.7450704e-7f;
    return vec2<f32>(flush(r * loom_cos(angle)), flush(r * loom_sin(angle)));
}

fn run(block: u32) {
    let count = call.batch * OUTPUT_LEN;
    if block >= (count + 3u) / 4u {
        return;
    }
    var values = vec4<f32>(MEAN, MEAN, MEAN, MEAN);
    if call.training != 0u {
        let words = philox(vec4<u32>(block, STREAM, call.step), call.seed) >> vec4<u32>(8u);
        if IS_NORMAL {
            values = vec4<f32>(normals(words.x, words.y), normals(words.z, words.w));
        } else {
            values = vec4<f32>(unit(words.x), unit(words.y), unit(words.z), unit(words.w));
        }
    }
    for (var word = 0u; word < 4u; word++) {
        let i = block * 4u + word;
        if i < count {
            activations[OUTPUT * call.batch + i] = values[word];
        }
    }
}
