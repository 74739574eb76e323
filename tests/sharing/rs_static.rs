// SPDX-License-Identifier: MIT
// False: two AtomicU64 of a static, a thread each.
mod pattern;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

#[repr(align(16))]
struct Stats {
    hits: AtomicU64,
    misses: AtomicU64,
}

static STATS: Stats = Stats { hits: AtomicU64::new(0), misses: AtomicU64::new(0) };

fn main() {
    let (rounds, workers) = pattern::arguments();
    pattern::same_line(&STATS.hits, &STATS.misses);
    pattern::run_workers(workers, |worker| {
        for _ in 0..rounds {
            if worker % 2 == 0 {
                STATS.hits.fetch_add(1, Relaxed);
            } else {
                STATS.misses.fetch_add(1, Relaxed);
            }
        }
    });
    assert_eq!(STATS.hits.load(Relaxed) + STATS.misses.load(Relaxed), rounds * workers as u64);
}
