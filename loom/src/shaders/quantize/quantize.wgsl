// code = near(w / (factor SCALE)), weight = snap(snap(code factor) SCALE); a master w beyond the greatest code of its sign becomes
// that code's weight. `loom/src/weights/grid/round.rs` says what is near, and this is its code, operation for operation.
//
// Header: WEIGHT, LEN: u32, where the tensor lies; COLUMNS, GROUP, ROW_SCALES, FIRST: u32, its columns, those that share a scale,
// the scales of a row, and the first of all; BITS, LEAST: i32; SCALE: f32.

const IMPLICIT: u32 = 0x00800000u;
const FIELD_OF_ONES: i32 = 150;
const ALL_DROPPED: i32 = 25;

// The bits of a magnitude, rounded.
fn near(bits: u32) -> u32 {
    let significand = (bits & (IMPLICIT - 1u)) | IMPLICIT;
    let beyond = LEAST + FIELD_OF_ONES - bitcast<i32>(bits >> 23u);
    let dropped = bitcast<u32>(min(max(beyond, 23 - BITS), ALL_DROPPED));
    let odd = (significand >> dropped) & 1u;
    let kept = (2u * significand + (1u << dropped) - 1u + odd) >> (dropped + 1u);
    return select(bits - significand + (kept << dropped), 0u, kept == 0u);
}

fn run(i: u32) {
    if i < LEN {
        let scale = scales[FIRST + i / COLUMNS * ROW_SCALES + i % COLUMNS / GROUP];
        let x = master[WEIGHT + i] * scale.x;
        let sign = bitcast<u32>(x) & SIGN;
        let limit = bitcast<u32>(select(scale.w, scale.z, sign != 0u));
        let code = number_unless_nan(x, min(near(magnitude(x)), limit) | sign);
        let weight = snap(snap(code * scale.y) * SCALE);
        weights[WEIGHT + i] = weight;
        if magnitude(x) > limit {
            master[WEIGHT + i] = weight;
        }
    }
}
