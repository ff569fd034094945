//! The GPU that tests compute on.

#[cfg(feature = "gpu")]
use loom::prelude::*;

/// Without the feature there is none.
#[cfg(not(feature = "gpu"))]
pub fn gpu() -> Option<std::convert::Infallible> {
    None
}

/// The default adapter, or none, which is said; with `LOOM_REQUIRE_GPU` set, none is a failure.
#[cfg(feature = "gpu")]
pub fn gpu() -> Option<Gpu> {
    match Gpu::new() {
        Ok(gpu) => Some(gpu),
        Err(error) if std::env::var_os("LOOM_REQUIRE_GPU").is_some() => panic!("a GPU is required: {error}"),
        Err(error) => {
            eprintln!("SKIPPED: {error}");
            None
        }
    }
}
