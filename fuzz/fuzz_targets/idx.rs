//! IDX files: what is accepted is whole, and is split into samples of its items' size and no other.
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use loom::data::{Dataset, Idx};

fuzz_target!(|data: &[u8]| -> Corpus {
    let idx = match Idx::parse(data.to_vec()) {
        Ok(idx) => idx,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return Corpus::Keep;
        }
    };
    assert_eq!(idx.shape().iter().product::<usize>(), idx.bytes().len());
    assert_eq!(idx.shape()[0], idx.count());
    assert_eq!(idx.shape()[1..], *idx.item_shape());
    let rank = idx.shape().len();
    assert_eq!(4 + 4 * rank + idx.bytes().len(), data.len());
    assert!(data.ends_with(idx.bytes()));
    let mut header = vec![0, 0, 8, rank as u8];
    header.extend(idx.shape().iter().flat_map(|&size| (size as u32).to_be_bytes()));
    assert!(data.starts_with(&header));

    samples::<u8>(&idx);
    samples::<i8>(&idx);
    samples::<[u8; 0]>(&idx);
    samples::<[u8; 6]>(&idx);
    samples::<[[u8; 2]; 2]>(&idx);
    samples::<[[[u8; 3]; 3]; 1]>(&idx);
    let labels = idx.clone().into_samples::<u8>();
    if let Some((images, labels)) = idx.into_samples::<[u8; 1]>().ok().zip(labels.ok()) {
        assert_eq!(Dataset::new(images, labels).expect("as many of each").len(), data.len() - 4 - 4 * rank);
    }
    Corpus::Keep
});

fn samples<S: bytemuck::Pod>(idx: &Idx) {
    let item: usize = idx.item_shape().iter().product();
    match idx.clone().into_samples::<S>() {
        Ok(samples) => {
            assert_eq!((samples.len(), size_of::<S>()), (idx.count(), item));
            assert_eq!(bytemuck::cast_slice::<S, u8>(&samples), idx.bytes());
        }
        Err(error) => {
            assert_ne!(size_of::<S>(), item, "{error}");
        }
    }
}
