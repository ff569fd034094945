//! What the fuzz targets share: networks and runs, files of this process, and mutations that keep a file's structure.

pub mod files;
pub mod networks;
pub mod safetensors;
pub mod tokens;

/// Numbers for a mutation, from the seed that the fuzzer gives.
pub(crate) struct Random(u64);

impl Random {
    fn new(seed: u32) -> Self {
        Random(seed.into())
    }

    /// A number below `bound`, which is not 0. SplitMix64 (Steele, Lea and Flood, 2014).
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }

    fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
}
