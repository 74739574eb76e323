// SPDX-License-Identifier: MIT
// False: two AtomicU64 of a struct in an Arc, a thread each.
mod pattern;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Barrier};

#[derive(Default)]
struct Stats {
    hits: AtomicU64,
    misses: AtomicU64,
}

fn main() {
    let (rounds, _) = pattern::arguments();
    let stats = Arc::new(Stats::default());
    let start_line = Arc::new(Barrier::new(2));
    pattern::same_line(&stats.hits, &stats.misses);
    let threads: Vec<_> = (0..2)
        .map(|worker| {
            let (stats, start_line) = (stats.clone(), start_line.clone());
            std::thread::spawn(move || {
                start_line.wait();
                for _ in 0..rounds {
                    if worker == 0 {
                        stats.hits.fetch_add(1, Relaxed);
                    } else {
                        stats.misses.fetch_add(1, Relaxed);
                    }
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(stats.hits.load(Relaxed), rounds);
}
