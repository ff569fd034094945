// Sums over a row by 16 lanes: lane l adds the values l, l + 16, l + 32, .. in order; then the lanes are added as a tree, 8
// apart, 4, 2, 1. WORKGROUP / 16 rows share a workgroup, and lane l of a row is invocation l of its 16.

const LANES: u32 = 16u;

var<workgroup> lane_sums: array<f32, WORKGROUP>;

// The sum of what the 16 lanes of a row bring, for each of them. All invocations of a workgroup call it together.
fn tree(local: u32, sum: f32) -> f32 {
    // A lane of one or two products, which a driver would refold with the lane that it is added to.
    lane_sums[local] = rounded(sum);
    workgroupBarrier();
    for (var distance = 8u; distance > 0u; distance /= 2u) {
        if local % LANES < distance {
            lane_sums[local] += lane_sums[local + distance];
        }
        workgroupBarrier();
    }
    let total = lane_sums[local - local % LANES];
    workgroupBarrier();
    return total;
}

var<workgroup> lane_keys: array<i32, WORKGROUP>;

// The greatest of the order keys that the 16 lanes of a row bring, for each of them; called like `tree`.
fn greatest_key(local: u32, key: i32) -> i32 {
    lane_keys[local] = key;
    workgroupBarrier();
    for (var distance = 8u; distance > 0u; distance /= 2u) {
        if local % LANES < distance {
            lane_keys[local] = max(lane_keys[local], lane_keys[local + distance]);
        }
        workgroupBarrier();
    }
    let greatest = lane_keys[local - local % LANES];
    workgroupBarrier();
    return greatest;
}

// Below the order key of every number.
const BELOW_ALL: i32 = -0x7fffffff;

// The number with this order key.
fn number_of_key(key: i32) -> f32 {
    return bitcast<f32>(key ^ bitcast<i32>(bitcast<u32>(key >> 31u) >> 1u));
}
