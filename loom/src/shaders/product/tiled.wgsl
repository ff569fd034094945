// C[row, column] = sum over k of a_at(row, k) * b_at(k, column), k ascending from +0, by tiles in workgroup memory.
//
// The kernel that includes this gives a_at, b_at (0 beyond the matrix), depth, rows, columns, put, and A_ALONG_K and
// B_ALONG_K: whether neighbours in memory differ in k. THREADS_X, THREADS_Y, ROW_QUADS and TILE_K are in the header:
// each thread computes 4 * ROW_QUADS rows and 4 columns. No choice of them changes a bit.

const THREADS: u32 = THREADS_X * THREADS_Y;
const TILE_ROWS: u32 = THREADS_Y * ROW_QUADS * 4u;
const TILE_COLUMNS: u32 = THREADS_X * 4u;

// Groups of four rows, and of four columns, of a tile; one more in a line of memory keeps its banks apart.
const A_QUADS: u32 = TILE_ROWS / 4u;
const B_QUADS: u32 = TILE_COLUMNS / 4u;
const A_LINE: u32 = A_QUADS + 1u;
const B_LINE: u32 = B_QUADS + 1u;
const A_LOADS: u32 = (A_QUADS * TILE_K + THREADS - 1u) / THREADS;
const B_LOADS: u32 = (B_QUADS * TILE_K + THREADS - 1u) / THREADS;

var<workgroup> a_tile: array<vec4<f32>, A_LINE * TILE_K>;
var<workgroup> b_tile: array<vec4<f32>, B_LINE * TILE_K>;

// Which (quad, k) of a tile is loaded as number `i`.
fn place(i: u32, quads: u32, along_k: bool) -> vec2<u32> {
    if along_k {
        return vec2<u32>(i / TILE_K, i % TILE_K);
    }
    return vec2<u32>(i % quads, i / quads);
}

fn a_quad(row: u32, k: u32) -> vec4<f32> {
    return vec4<f32>(a_at(row, k), a_at(row + 1u, k), a_at(row + 2u, k), a_at(row + 3u, k));
}

fn b_quad(k: u32, column: u32) -> vec4<f32> {
    return vec4<f32>(b_at(k, column), b_at(k, column + 1u), b_at(k, column + 2u), b_at(k, column + 3u));
}

fn product(group: u32, local: u32) {
    let across = (columns() + TILE_COLUMNS - 1u) / TILE_COLUMNS;
    let first_row = group / across * TILE_ROWS;
    let first_column = group % across * TILE_COLUMNS;
    if first_row >= rows() {
        return;
    }
    let x = local % THREADS_X;
    let y = local / THREADS_X;
    var sums: array<vec4<f32>, ROW_QUADS * 4u>;
    var a_next: array<vec4<f32>, A_LOADS>;
    var b_next: array<vec4<f32>, B_LOADS>;

    let steps = (depth() + TILE_K - 1u) / TILE_K;
    for (var step = 0u; step <= steps; step++) {
        // The tile for the next step is on its way from memory while this one is computed.
        let k = step * TILE_K;
        if step < steps {
            for (var i = 0u; i < A_LOADS; i++) {
                let at = place(local + i * THREADS, A_QUADS, A_ALONG_K);
                a_next[i] = a_quad(first_row + at.x * 4u, k + at.y);
            }
            for (var i = 0u; i < B_LOADS; i++) {
                let at = place(local + i * THREADS, B_QUADS, B_ALONG_K);
                b_next[i] = b_quad(k + at.y, first_column + at.x * 4u);
            }
        }
        if step > 0u {
            for (var t = 0u; t < TILE_K; t++) {
                let b = b_tile[t * B_LINE + x];
                for (var q = 0u; q < ROW_QUADS; q++) {
                    let a = a_tile[t * A_LINE + y * ROW_QUADS + q];
                    sums[q * 4u] = fma(vec4<f32>(a.x), b, sums[q * 4u]);
                    sums[q * 4u + 1u] = fma(vec4<f32>(a.y), b, sums[q * 4u + 1u]);
                    sums[q * 4u + 2u] = fma(vec4<f32>(a.z), b, sums[q * 4u + 2u]);
                    sums[q * 4u + 3u] = fma(vec4<f32>(a.w), b, sums[q * 4u + 3u]);
                }
            }
            workgroupBarrier();
        }
        if step < steps {
            for (var i = 0u; i < A_LOADS; i++) {
                let at = place(local + i * THREADS, A_QUADS, A_ALONG_K);
                if local + i * THREADS < A_QUADS * TILE_K {
                    a_tile[at.y * A_LINE + at.x] = a_next[i];
                }
            }
            for (var i = 0u; i < B_LOADS; i++) {
                let at = place(local + i * THREADS, B_QUADS, B_ALONG_K);
                if local + i * THREADS < B_QUADS * TILE_K {
                    b_tile[at.y * B_LINE + at.x] = b_next[i];
                }
            }
            workgroupBarrier();
        }
    }

    for (var r = 0u; r < ROW_QUADS * 4u; r++) {
        let row = first_row + y * ROW_QUADS * 4u + r;
        let sum = sums[r];
        for (var c = 0u; c < 4u; c++) {
            let column = first_column + x * 4u + c;
            if row < rows() && column < columns() {
                put(row, column, sum[c]);
            }
        }
    }
}
