// SPDX-License-Identifier: MIT
// True: readers of a RwLock all change its count.
mod pattern;
use std::sync::RwLock;

#[repr(align(64))]
struct Table(RwLock<u64>);
static TABLE: Table = Table(RwLock::new(5));

fn main() {
    let (rounds, workers) = pattern::arguments();
    pattern::run_workers(workers, |_| {
        let mut sum = 0;
        for _ in 0..rounds {
            sum += *TABLE.0.read().unwrap();
        }
        assert_eq!(sum, 5 * rounds);
    });
}
