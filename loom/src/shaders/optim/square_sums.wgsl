// The sum of g^2 and that of (g / 2^64)^2 over each chunk of 4096; 16 lanes for each chunk.
fn run(chunk: u32, lane: u32, local: u32) {
    var sum = 0.0f;
    var shrunk_sum = 0.0f;
    if chunk < CHUNKS {
        let end = min(chunk * CHUNK + CHUNK, LEN);
        for (var i = chunk * CHUNK + lane; i < end; i += LANES) {
            let g = d_weights[i];
            sum = fma(g, g, sum);
            let shrunk = flush(g * SHRINK);
            shrunk_sum = fma(shrunk, shrunk, shrunk_sum);
        }
    }
    let square = flush_square(tree(local, sum));
    let shrunk_square = flush_square(tree(local, shrunk_sum));
    if chunk < CHUNKS && lane == 0u {
        scratch[chunk] = square;
        scratch[CHUNKS + chunk] = shrunk_square;
    }
}
