// SPDX-License-Identifier: MIT
// True: all threads add to one AtomicU64 on a line of its own.
mod pattern;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

#[repr(align(64))]
struct Padded(AtomicU64);

static TOTAL: Padded = Padded(AtomicU64::new(0));

fn main() {
    let (rounds, workers) = pattern::arguments();
    pattern::run_workers(workers, |_| {
        for _ in 0..rounds {
            TOTAL.0.fetch_add(1, SeqCst);
        }
    });
    assert_eq!(TOTAL.0.load(SeqCst), rounds * workers as u64);
}
