//! The errors of a GPU.

/// What can go wrong on a GPU. None of it is a panic.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GpuError {
    /// The machine offers no GPU adapter.
    #[error("no GPU adapter was found; {DRIVER}")]
    NoAdapter,
    /// No adapter has the index or the part of a name that was asked for.
    #[error("no GPU adapter is called `{wanted}`; there {}", listed(found))]
    UnknownAdapter {
        /// What was asked for.
        wanted: String,
        /// The adapters, one line each.
        found: Vec<String>,
    },
    /// The adapter does not open.
    #[error("the GPU adapter does not open: {message}; another can be chosen with the variable `LOOM_GPU`")]
    Request {
        /// What the driver says.
        message: String,
    },
    /// The device was lost: a driver failed or was reset, or the GPU was taken away.
    #[error("the GPU was lost: {reason}; open it again and resume from the last checkpoint")]
    Lost {
        /// What the driver says.
        reason: String,
    },
    /// The GPU's memory is used up.
    #[error("the GPU has no memory left for {bytes} bytes of {what}; try a smaller batch")]
    OutOfMemory {
        /// What the memory was for.
        what: String,
        /// How much was asked for; 0 where that is not known.
        bytes: u64,
    },
    /// A buffer is larger than the adapter allows.
    #[error("{what} takes {bytes} bytes, but the GPU allows {limit} in one buffer; try a smaller batch")]
    TooLarge {
        /// What the buffer is for.
        what: String,
        /// Its size.
        bytes: u64,
        /// The greatest size of a buffer.
        limit: u64,
    },
    /// A kernel does not compile.
    #[error("the kernel `{kernel}` does not compile on this GPU: {message}")]
    Shader {
        /// The kernel's entry point.
        kernel: String,
        /// What the compiler says.
        message: String,
    },
    /// Kernels cannot be cut up as [`Gpu::tuning`](crate::Gpu::tuning) says.
    #[error(
        "kernels cannot be cut up as {tuning:?}: a workgroup has a multiple of 16 invocations, 1024 at most, and a tile has no side \
         of 0"
    )]
    Tuning {
        /// What was chosen.
        tuning: crate::shaders::Tuning,
    },
    /// An optimizer cannot run on a GPU: it has no kernel, or one that does not see what it asks for.
    #[error("the optimizer cannot run on a GPU: {fault}")]
    Optimizer {
        /// What is wrong.
        fault: String,
    },
    /// Loom used the GPU wrongly, or the driver failed in a way of its own.
    #[error("the GPU refused a call: {message}; please report this as a bug of Loom")]
    Internal {
        /// What was refused.
        message: String,
    },
}

const DRIVER: &str = if cfg!(target_os = "linux") {
    "install a Vulkan driver (on Debian `libvulkan1` and `mesa-vulkan-drivers`; for NVIDIA its own driver)"
} else if cfg!(target_os = "windows") {
    "install the GPU vendor's driver, for DirectX 12 or Vulkan"
} else if cfg!(target_os = "macos") {
    "Metal needs macOS 10.13 and a GPU that it supports"
} else {
    "install a driver for Vulkan"
};

fn listed(found: &[String]) -> String {
    match found {
        [] => "is none".to_owned(),
        [one] => format!("is {one}"),
        several => format!("are {}", several.join("; ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_adapters_are_answered_with_those_there_are() {
        let unknown = |found: &[&str]| {
            let found = found.iter().map(|&name| name.to_owned()).collect();
            GpuError::UnknownAdapter { wanted: "x".to_owned(), found }.to_string()
        };
        assert_eq!(unknown(&[]), "no GPU adapter is called `x`; there is none");
        assert_eq!(unknown(&["0: A"]), "no GPU adapter is called `x`; there is 0: A");
        assert_eq!(unknown(&["0: A", "1: B"]), "no GPU adapter is called `x`; there are 0: A; 1: B");
    }
}
