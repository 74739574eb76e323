/* SPDX-License-Identifier: MIT */
use std::sync::atomic::{AtomicU64, Ordering};
pub struct Sharded { shards: Box<[AtomicU64]>, mask: usize }
fn main() {
    let s = Sharded { shards: (0..16).map(|_| AtomicU64::new(0)).collect::<Vec<_>>().into_boxed_slice(), mask: 15 };
    s.shards[3 & s.mask].fetch_add(1, Ordering::Relaxed);
    println!("{}", s.shards.iter().map(|c| c.load(Ordering::Relaxed)).sum::<u64>());
}
