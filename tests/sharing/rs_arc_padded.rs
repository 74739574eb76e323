// SPDX-License-Identifier: MIT
// Nothing: as rs_arc, each counter aligned to a line.
mod pattern;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::Arc;

#[derive(Default)]
#[repr(align(64))]
struct Padded(AtomicU64);

#[derive(Default)]
struct Stats {
    hits: Padded,
    misses: Padded,
}

fn main() {
    let (rounds, workers) = pattern::arguments();
    let stats = Arc::new(Stats::default());
    pattern::apart(&stats.hits, &stats.misses);
    pattern::run_workers(workers, |worker| {
        let own = if worker % 2 == 0 { &stats.hits } else { &stats.misses };
        for _ in 0..rounds {
            own.0.fetch_add(1, Relaxed);
        }
    });
    assert_eq!(stats.hits.0.load(Relaxed) + stats.misses.0.load(Relaxed), rounds * workers as u64);
}
