//! A child that is forked has none of its parent's threads: it computes all the same, with threads of its own.
#![cfg(unix)]

use loom::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

network! {
    /// Large enough that a batch of 64 is worth three threads.
    struct Net: [65] { Dense<65, 257> -> Tanh -> Dense<257, 257> -> Gelu -> Dense<257, 3> }
}

fn inputs() -> Vec<[f32; 65]> {
    (0..64).map(|s| std::array::from_fn(|i| ((s * 65 + i) % 31) as f32 / 15.0 - 1.0)).collect()
}

/// Calls `f` in a child, which says by its end whether `f` was content.
#[track_caller]
fn in_child(what: &str, f: impl FnOnce() -> bool) {
    // SAFETY: the child calls `f`, which uses the memory allocator, of which the system's C library has its locks in order, and
    // starts threads; it ends without returning to the test.
    let child = unsafe { libc::fork() };
    assert!(child >= 0, "{}", std::io::Error::last_os_error());
    if child == 0 {
        let is_content = std::panic::catch_unwind(std::panic::AssertUnwindSafe(f)).unwrap_or(false);
        // SAFETY: it ends the process and runs nothing of it.
        unsafe { libc::_exit(i32::from(!is_content)) };
    }
    let (mut status, start) = (0, Instant::now());
    // SAFETY: `status` is a place for a status.
    while unsafe { libc::waitpid(child, &raw mut status, libc::WNOHANG) } == 0 {
        if start.elapsed() > Duration::from_secs(120) {
            // SAFETY: `child` has not been waited for, so that the number is still its own.
            unsafe { libc::kill(child, libc::SIGKILL) };
            panic!("{what}: the child hangs");
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(status, 0, "{what}: the child failed");
}

/// Threads of this process.
#[cfg(target_os = "linux")]
fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").map_or(0, Iterator::count)
}

#[cfg(target_os = "linux")]
fn has_threads(count: usize) -> bool {
    // One that has ended may be there for a moment more.
    (0..1000).any(|_| {
        threads() == count || {
            std::thread::sleep(Duration::from_millis(5));
            false
        }
    })
}

#[cfg(not(target_os = "linux"))]
fn has_threads(_: usize) -> bool {
    true
}

#[test]
fn children_compute_with_threads_of_their_own() {
    let (net, inputs) = (Net::new(Seed(1)), inputs());
    let (shared, own) = (Cpu::new(), Cpu::new().threads(3));
    let expected = net.on(&Cpu::new().threads(1)).forward_batch(&inputs).expect("there is memory");
    let is_right = |cpu: &Cpu| net.on(cpu).forward_batch(&inputs).expect("there is memory") == expected;
    assert!(is_right(&shared) && is_right(&own), "the pools have started");

    in_child("the default pool", || is_right(&shared) && net.forward_batch(&inputs) == expected);
    in_child("a pool of one's own", || is_right(&own) && has_threads(3) && is_right(&own));
    in_child("a grandchild", || {
        let is_content = is_right(&own);
        in_child("of a child", || is_right(&own) && has_threads(3));
        is_content && is_right(&own) && has_threads(3)
    });
    let handle = net.on(&own);
    assert!(handle.forward_batch(&inputs).expect("there is memory") == expected);
    in_child("a handle of the parent's", || {
        (0..3).all(|_| handle.forward_batch(&inputs).expect("there is memory") == expected)
    });
    drop(handle);
    let theirs = own.clone();
    in_child("a pool that the child drops", || {
        let is_content = is_right(&theirs);
        // The last one that the child knows of.
        drop(theirs);
        is_content
    });
    let unused = own.clone();
    in_child("a pool that the child drops unused", || {
        drop(unused);
        true
    });
    assert!(is_right(&shared) && is_right(&own), "the parent goes on");
}

#[test]
fn children_train() {
    let data = Dataset::new(inputs(), (0..64_u8).map(|i| i % 3).collect()).expect("sound data");
    let trainer = Trainer::new(Adam::new(0.01), CrossEntropy).batch(64).epochs(2).on(&Cpu::new().threads(3));
    let train = || {
        let mut net = Net::new(Seed(1));
        trainer.fit(&mut net, &data).map(|_| net.fingerprint())
    };
    let expected = train().expect("training succeeds");
    in_child("training", || train().is_ok_and(|found| found == expected));
}

/// A child that is forked while other threads of its parent compute.
#[test]
fn children_of_a_parent_at_work_compute() {
    let (net, inputs, own) = (Net::new(Seed(1)), inputs(), Cpu::new().threads(3));
    let expected = net.on(&Cpu::new().threads(1)).forward_batch(&inputs).expect("there is memory");
    let (handle, stop) = (net.on(&own), AtomicBool::new(false));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    assert!(handle.forward_batch(&inputs).expect("there is memory") == expected);
                    assert!(net.on(&own).forward_batch(&inputs[..40]).expect("there is memory") == expected[..40]);
                }
            });
        }
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for _ in 0..40 {
                in_child("at work", || {
                    net.on(&own).forward_batch(&inputs).expect("there is memory") == expected
                        && has_threads(3)
                        && handle.forward_batch(&inputs).expect("there is memory") == expected
                        && net.forward_batch(&inputs) == expected
                });
            }
        }));
        stop.store(true, Ordering::Relaxed);
        outcome.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    });
}

/// In a child, whose only thread is the one that forked.
#[cfg(target_os = "linux")]
#[test]
fn threads_start_at_the_first_work_for_them() {
    let (net, inputs) = (Net::new(Seed(1)), inputs());
    in_child("one thread", || {
        let one = Cpu::new().threads(1);
        net.on(&one).forward_batch(&inputs).expect("there is memory");
        let data = Dataset::new(inputs.clone(), vec![1_u8; 64]).expect("sound data");
        let trained = Trainer::new(Adam::new(0.01), CrossEntropy).on(&one).fit(&mut net.clone(), &data);
        trained.is_ok() && threads() == 1
    });
    in_child("three threads", || {
        let three = Cpu::new().threads(3);
        let before = (threads(), three.thread_count());
        net.on(&three).forward(&inputs[0]).expect("there is memory");
        let idle = threads();
        net.on(&three).forward_batch(&inputs).expect("there is memory");
        let at_work = threads();
        drop(three);
        (before, idle, at_work) == ((1, 3), 1, 3) && has_threads(1)
    });
}
