//! Buffers, pipelines and errors of a GPU, lost devices among them.

use super::*;

/// A GPU, or none with a loud word; none is a failure where `LOOM_REQUIRE_GPU` is set.
fn gpu() -> Option<Gpu> {
    match Gpu::new() {
        Ok(gpu) => Some(gpu),
        Err(GpuError::NoAdapter) if std::env::var_os("LOOM_REQUIRE_GPU").is_none() => {
            eprintln!("SKIPPED: {}", GpuError::NoAdapter);
            None
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn buffers_beyond_the_limits_are_refused() {
    let Some(gpu) = gpu() else { return };
    for bytes in [gpu.open.device.raw.limits().max_buffer_size + 1, u64::MAX] {
        let error = gpu.device().buffer("activations", bytes, wgpu::BufferUsages::STORAGE).unwrap_err();
        let limit = gpu
            .open
            .device
            .raw
            .limits()
            .max_buffer_size
            .min(gpu.open.device.raw.limits().max_storage_buffer_binding_size);
        assert_eq!(error, GpuError::TooLarge { what: "activations".to_owned(), bytes, limit });
    }
    gpu.open.device.check().unwrap();
}

#[test]
fn a_kernel_that_does_not_compile_is_named() {
    let Some(gpu) = gpu() else { return };
    let sources = ["@compute @workgroup_size(1) fn broken() { let x: u32 = 1.5f; }", "fn other() {}"];
    for source in sources {
        let error = gpu.pipeline(source, "broken", Phase::Forward, Trust::Checked).unwrap_err();
        let GpuError::Shader { kernel, message } = &error else { panic!("{error:?}") };
        assert_eq!(kernel, "broken");
        assert!(!message.is_empty() && !message.contains('\n'), "{message}");
    }
    gpu.open.device.check().unwrap();
}

#[test]
fn a_pipeline_is_compiled_once() {
    let Some(gpu) = gpu() else { return };
    for &phase in Phase::ALL {
        let source = "@compute @workgroup_size(1) fn nothing() {}";
        let first = gpu.pipeline(source, "nothing", phase, Trust::Checked).unwrap();
        assert_eq!(first, gpu.pipeline(source, "nothing", phase, Trust::Checked).unwrap(), "{phase:?}");
        assert_ne!(first, gpu.pipeline(source, "nothing", phase, Trust::Unchecked).unwrap(), "{phase:?}");
    }
}

#[test]
fn a_range_of_a_buffer_is_read() {
    let Some(gpu) = gpu() else { return };
    let usage = wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST;
    let buffer = gpu.device().buffer("bytes", 10, usage).unwrap();
    gpu.device().queue.write_buffer(&buffer, 0, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0]);
    assert_eq!(gpu.device().read(&buffer, 0..12).unwrap(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0]);
    assert_eq!(gpu.device().read(&buffer, 3..9).unwrap(), [3, 4, 5, 6, 7, 8]);
    assert!(gpu.device().read(&buffer, 5..5).unwrap().is_empty());
    assert!(matches!(gpu.device().read(&buffer, 0..13), Err(GpuError::Internal { .. })));
    gpu.device().wait().unwrap();
}

#[test]
fn errors_that_no_call_returns_are_kept() {
    let Some(gpu) = gpu() else { return };
    let buffer = gpu.device().buffer("bytes", 4, wgpu::BufferUsages::COPY_SRC).unwrap();
    gpu.device().queue.write_buffer(&buffer, 0, &[0; 4]);
    let error = gpu.open.device.check().unwrap_err();
    assert!(matches!(error, GpuError::Internal { .. }), "{error:?}");
    assert_eq!(gpu.device().buffer("more", 4, wgpu::BufferUsages::COPY_SRC).unwrap_err(), error);
    assert_eq!(gpu.device().read(&buffer, 0..4).unwrap_err(), error);
}

#[test]
fn a_lost_device_gives_errors_and_no_wait() {
    let Some(gpu) = gpu() else { return };
    let buffer = gpu.device().buffer("bytes", 4, wgpu::BufferUsages::COPY_SRC).unwrap();
    gpu.device().raw.destroy();
    let lost = |result: Result<(), GpuError>| assert!(matches!(result, Err(GpuError::Lost { .. })), "{result:?}");
    lost(gpu.device().read(&buffer, 0..4).map(drop));
    lost(gpu.device().wait());
    lost(gpu.device().buffer("more", 4, wgpu::BufferUsages::COPY_SRC).map(drop));
    lost(gpu.pipeline("@compute @workgroup_size(1) fn f() {}", "f", Phase::Clip, Trust::Checked).map(drop));
    lost(gpu.open.device.check());
}

#[test]
fn threads_open_and_close_at_once() {
    let Some(first) = gpu() else { return };
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..2 {
                    assert_eq!(gpu().unwrap().exactness(), first.exactness());
                }
            });
        }
    });
}
