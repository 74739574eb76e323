// SPDX-License-Identifier: MIT
// False: two Mutex<u64> of a struct, each locked by one thread alone.
mod pattern;
use std::sync::{Arc, Mutex};

#[derive(Default)]
#[repr(align(32))]
struct Shards {
    left: Mutex<u64>,
    right: Mutex<u64>,
}

fn main() {
    let (rounds, _) = pattern::arguments();
    let shards = Arc::new(Shards::default());
    pattern::same_line(&shards.left, &shards.right);
    pattern::run_workers(2, |worker| {
        let own = if worker == 0 { &shards.left } else { &shards.right };
        for _ in 0..rounds {
            *own.lock().unwrap() += 1;
        }
    });
    assert_eq!(*shards.left.lock().unwrap(), rounds);
}
