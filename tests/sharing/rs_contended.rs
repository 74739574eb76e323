// SPDX-License-Identifier: MIT
// A contended Mutex: held for some 50 us each time.
mod pattern;
use std::sync::{Arc, Mutex};

struct Journal {
    entries: Mutex<u64>,
}

fn main() {
    let (rounds, workers) = pattern::arguments();
    let journal = Arc::new(Journal { entries: Mutex::new(0) });
    pattern::run_workers(workers, |worker| {
        for _ in 0..rounds {
            let mut entries = journal.entries.lock().unwrap();
            let mut x = worker as u64;
            for _ in 0..30000 {
                // std::hint::black_box is younger than Debian 12's compiler.
                let y = x.wrapping_mul(6364136223846793005).wrapping_add(1);
                x = unsafe { std::ptr::read_volatile(&y) };
            }
            *entries += (x != 0) as u64;
        }
    });
    assert!(*journal.entries.lock().unwrap() > 0);
}
