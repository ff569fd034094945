//! Every way in which a weight is stored, with the constants that say how.

use loom::shaders::{Kernel, Phase, Storage};

/// The ways that matter to a kernel.
pub fn storages(kernel: &Kernel) -> Vec<(Storage, String)> {
    let mut storages = vec![(Storage::Values, String::new())];
    if kernel.phase == Phase::Forward {
        storages.push((Storage::Words, String::new()));
    }
    if kernel.reads_weight {
        let floats = [(16, 10, 15), (16, 7, 127), (64, 52, 1023)];
        storages.extend(floats.map(|(bits, mantissa, bias)| {
            (Storage::Floats, numbers(&[("CODE_BITS", bits), ("MANTISSA_BITS", mantissa), ("EXPONENT_BIAS", bias)]))
        }));
        for (bits, unsigned) in [8, 16, 32, 64].into_iter().flat_map(|bits| [(bits, false), (bits, true)]) {
            for [group, per_row] in [[1, 257], [32, 9], [257, 1], [257, 0]] {
                let places = numbers(&[("CODE_BITS", bits), ("SCALES", 4096), ("ZERO_POINTS", 8192)]);
                let scales = numbers(&[("GROUP", group), ("SCALES_PER_ROW", per_row)]);
                storages.push((Storage::Integers, places + &scales + &format!("const UNSIGNED: bool = {unsigned};\n")));
            }
        }
        storages.extend([[16, 17], [32, 9], [257, 0]].map(|[group, per_row]| {
            let codes = numbers(&[("CODE_BITS", 4), ("CODES_PER_ROW", 258)]);
            let scales = [("SCALES", 4096), ("BLOCK_SCALES", 8192), ("GROUP", group), ("SCALES_PER_ROW", per_row)];
            (Storage::Blocks, codes + &numbers(&scales))
        }));
    }
    storages
}

fn numbers(constants: &[(&str, u32)]) -> String {
    constants.iter().map(|(name, value)| format!("const {name}: u32 = {value}u;\n")).collect()
}
