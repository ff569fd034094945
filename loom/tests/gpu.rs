//! GPUs: which there are, and whether they compute Loom arithmetic. `LOOM_REQUIRE_GPU` makes it a failure if there is none.
#![cfg(feature = "gpu")]

use loom::{AdapterInfo, Exactness, Gpu, GpuError};

/// The adapters; an empty list is said aloud.
fn adapters() -> Vec<AdapterInfo> {
    let adapters = Gpu::adapters();
    if adapters.is_empty() {
        assert!(std::env::var_os("LOOM_REQUIRE_GPU").is_none(), "LOOM_REQUIRE_GPU is set, but there is no GPU");
        eprintln!("SKIPPED: {}", GpuError::NoAdapter);
    }
    adapters
}

#[test]
fn adapters_are_listed_by_preference() {
    let adapters = adapters();
    for (index, adapter) in adapters.iter().enumerate() {
        assert_eq!(adapter.index, index);
        assert!(adapter.to_string().starts_with(&format!("{index}: {} (", adapter.name)), "{adapter}");
    }
    assert!(adapters.is_sorted_by_key(|adapter| adapter.kind), "{adapters:?}");
}

#[test]
fn every_adapter_is_exact() {
    let mut deviations = Vec::new();
    for adapter in adapters() {
        let begin = std::time::Instant::now();
        let gpu = Gpu::select(&adapter.index.to_string()).unwrap();
        println!("{adapter}: {} (opened in {:?})", gpu.exactness(), begin.elapsed());
        assert_eq!((gpu.adapter(), gpu.name()), (&adapter, adapter.name.as_str()));
        match gpu.exactness() {
            Exactness::Exact(fma_mode) => assert_eq!(gpu.fma_mode(), Some(*fma_mode)),
            Exactness::Deviates(deviation) => {
                assert_eq!(gpu.fma_mode(), None);
                deviations.push(format!("{adapter}: {deviation}"));
            }
        }
    }
    assert!(deviations.is_empty(), "{}", deviations.join("\n"));
}

#[test]
fn adapters_are_chosen_by_name() {
    for adapter in adapters() {
        let gpu = Gpu::select(&adapter.name.to_uppercase()).unwrap();
        assert_eq!(gpu.name().to_lowercase(), adapter.name.to_lowercase());
    }
}

#[test]
fn unknown_names_are_answered_with_the_adapters() {
    let adapters = adapters();
    let error = Gpu::select("no such gpu").unwrap_err();
    if adapters.is_empty() {
        return assert_eq!(error, GpuError::NoAdapter);
    }
    let text = error.to_string();
    assert!(text.starts_with("no GPU adapter is called `no such gpu`; there "), "{text}");
    assert!(adapters.iter().all(|adapter| text.contains(&adapter.to_string())), "{text}");
    assert!(matches!(loom::Error::from(error), loom::Error::Gpu(GpuError::UnknownAdapter { .. })));
}
