// Queries, keys and values [batch, STEPS, 3 FEATURES] lie side by side in the input. WORK holds P [batch, HEADS, STEPS, STEPS]
// and, where they are turned, queries and keys [batch, STEPS, 2 FEATURES]. A row of P is a step of a head of a sample.

const FEATURES: u32 = HEADS * WIDTH;
const TURNED: u32 = WORK + HEADS * STEPS * STEPS;

// Value `column` of the queries, keys and values of a step, those of all samples counted.
fn projected(step: u32, column: u32) -> f32 {
    if ROTARY && column < 2u * FEATURES {
        return activations[TURNED * call.batch + step * 2u * FEATURES + column];
    }
    return activations[INPUT * call.batch + step * 3u * FEATURES + column];
}

// Where a row of P begins.
fn row_of(row: u32) -> u32 {
    return WORK * call.batch + row * STEPS;
}

// How many steps, from the first on, a step of a sample sees.
fn seen_by(step: u32) -> u32 {
    if CAUSAL {
        return step + 1u;
    }
    return STEPS;
}

// The first of the steps that see a step; all further ones do.
fn first_to_see(step: u32) -> u32 {
    if CAUSAL {
        return step;
    }
    return 0u;
}
