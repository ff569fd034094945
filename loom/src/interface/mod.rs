//! What users meet: networks, tensors, the prelude.

pub(crate) mod methods;
pub(crate) mod network;
pub(crate) mod on;
pub mod prelude;
#[doc(hidden)]
pub mod private;
mod samples;
pub mod tensor;
