// The sum of each column of a matrix: chunks of 64 rows, each added up in order from +0; then the chunks in order.
//
// The kernel that includes this gives summand(row, column), row_count, COLUMNS and put_sum. A workgroup takes 16 columns,
// and 16 chunks at a time.

const CHUNK_ROWS: u32 = 64u;
const LANES: u32 = 16u;
const CHUNKS: u32 = 16u;

var<workgroup> partial_sums: array<f32, LANES * CHUNKS>;

fn column_sums(group: u32, local: u32) {
    let lane = local % LANES;
    let chunk = local / LANES;
    let column = group * LANES + lane;
    let count = row_count();
    let chunks = (count + CHUNK_ROWS - 1u) / CHUNK_ROWS;
    var total = 0.0f;
    for (var first = 0u; first < chunks; first += CHUNKS) {
        let start = (first + chunk) * CHUNK_ROWS;
        let end = min(start + CHUNK_ROWS, count);
        var sum = 0.0f;
        if column < COLUMNS {
            for (var row = start; row < end; row++) {
                sum += summand(row, column);
            }
        }
        partial_sums[local] = sum;
        workgroupBarrier();
        if chunk == 0u {
            for (var c = 0u; c < min(CHUNKS, chunks - first); c++) {
                total += partial_sums[c * LANES + lane];
            }
        }
        workgroupBarrier();
    }
    if chunk == 0u && column < COLUMNS {
        put_sum(column, flush(total));
    }
}
