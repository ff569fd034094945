// C[row, column] = sum over k of a_at(row, k) * b_at(k, column), k ascending from +0, each thread by itself.
//
// The same sums as tiled.wgsl, without workgroup memory: for software drivers, whose barriers are slow, and for products
// too small or too narrow for tiles. TILE_ROWS and TILE_COLUMNS, 1 or 4, and WORKGROUP are in the header.

// Column c of four, or 0 beyond the tile.
fn b_in_tile(k: u32, column: u32, c: u32) -> f32 {
    if c < TILE_COLUMNS {
        return b_at(k, column + c);
    }
    return 0.0f;
}

fn product(group: u32, local: u32) {
    let across = (columns() + TILE_COLUMNS - 1u) / TILE_COLUMNS;
    let tile = group * WORKGROUP + local;
    let row = tile / across * TILE_ROWS;
    let column = tile % across * TILE_COLUMNS;
    if row >= rows() {
        return;
    }
    var sums: array<vec4<f32>, TILE_ROWS>;
    let last = depth();
    for (var k = 0u; k < last; k++) {
        let b = vec4<f32>(
            b_in_tile(k, column, 0u), b_in_tile(k, column, 1u), b_in_tile(k, column, 2u), b_in_tile(k, column, 3u)
        );
        for (var r = 0u; r < TILE_ROWS; r++) {
            sums[r] = fma(vec4<f32>(a_at(row + r, k)), b, sums[r]);
        }
    }
    for (var r = 0u; r < TILE_ROWS; r++) {
        let sum = sums[r];
        for (var c = 0u; c < TILE_COLUMNS; c++) {
            if row + r < rows() && column + c < columns() {
                put(row + r, column + c, sum[c]);
            }
        }
    }
}
