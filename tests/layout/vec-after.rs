/* SPDX-License-Identifier: MIT */
use std::sync::atomic::{AtomicU64, Ordering};
#[repr(align(64))]
pub struct Shard { pub hits: AtomicU64 }
pub struct Cache { pub shards: Vec<Shard>, pub mask: usize }
fn main() {
    let c = Cache { shards: (0..16).map(|_| Shard { hits: AtomicU64::new(0) }).collect(), mask: 15 };
    c.shards[3 & c.mask].hits.fetch_add(1, Ordering::Relaxed);
    println!("{}", c.shards.iter().map(|s| s.hits.load(Ordering::Relaxed)).sum::<u64>());
}
