// SPDX-License-Identifier: MIT
// False: a Vec<AtomicUsize> with an element a thread.
mod pattern;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

fn main() {
    let (rounds, workers) = pattern::arguments();
    let counts: Vec<AtomicUsize> = (0..workers.max(2)).map(|_| AtomicUsize::new(0)).collect();
    pattern::same_line(&counts[0], &counts[1]);
    pattern::run_workers(workers, |worker| {
        for _ in 0..rounds {
            counts[worker].fetch_add(1, Relaxed);
        }
    });
    assert_eq!(counts[0].load(Relaxed), rounds as usize);
}
