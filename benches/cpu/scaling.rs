//! How much two threads gain, beside two products that run at once.

use super::{NETWORKS, median, median_ratio};
use std::thread;
use std::time::Duration;

/// How much faster one matrix product is with two threads, beside what two products at once, a thread each, get done in the time
/// of one: two where the machine gives two whole cores.
pub fn compare(networks: impl Iterator<Item = &'static str>, rounds: usize, seconds: Duration) {
    println!("\nmedians of {rounds} rounds of {} s each", seconds.as_secs_f64());
    println!(
        "{:12} {:>11} {:>11} {:>8} {:>12} {:>8}",
        "network", "1 thread us", "2 threads", "gain", "two at once", "ratio"
    );
    for (name, measure) in networks.filter_map(|name| NETWORKS.iter().find(|(other, _)| *other == name)) {
        let product = |threads| measure("batch", threads, seconds);
        let (mut one, mut two, mut each) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..rounds {
            one.push(product(1));
            two.push(product(2));
            let (first, second) = thread::scope(|scope| {
                let second = scope.spawn(|| product(1));
                (product(1), second.join().expect("a product does not panic"))
            });
            // Two are done in their mean time.
            each.push((first + second) / 2.0 / 2.0);
        }
        println!(
            "{name:12} {:11.1} {:11.1} {:8.2} {:12.2} {:8.3}",
            median(&one),
            median(&two),
            median_ratio(&one, &two),
            median_ratio(&one, &each),
            median_ratio(&each, &two),
        );
    }
}
