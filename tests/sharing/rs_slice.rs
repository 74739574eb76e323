// SPDX-License-Identifier: MIT
// False: neighbours in an Arc<[T]>, whose counts lie in the same block, before the first.
mod pattern;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::Arc;

#[derive(Default)]
struct Shard {
    gets: AtomicU64,
    sets: AtomicU64,
    evictions: AtomicU64,
}

fn main() {
    let (rounds, workers) = pattern::arguments();
    let shards: Arc<[Shard]> = (0..workers + 8).map(|_| Shard::default()).collect();
    let first = (0..8)
        .find(|&i| {
            let line = |word: &AtomicU64| word as *const AtomicU64 as usize / pattern::LINE;
            line(&shards[i].gets) == line(&shards[i + 1].sets)
        })
        .unwrap();
    pattern::same_line(&shards[first].gets, &shards[first + 1].sets);
    pattern::run_workers(workers, |worker| {
        let shard = &shards.clone()[first + worker];
        for _ in 0..rounds {
            shard.gets.fetch_add(1, Relaxed);
            shard.sets.fetch_add(1, Relaxed);
        }
    });
    assert_eq!(shards[first].gets.load(Relaxed), rounds);
    assert_eq!(shards[first].evictions.load(Relaxed), 0);
}
