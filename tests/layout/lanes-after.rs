/* SPDX-License-Identifier: MIT */
use std::sync::atomic::{AtomicU64, Ordering};
#[repr(align(64))]
pub struct Lane(AtomicU64);
pub struct Sharded { shards: Box<[Lane]>, mask: usize }
fn main() {
    let s = Sharded { shards: (0..16).map(|_| Lane(AtomicU64::new(0))).collect::<Vec<_>>().into_boxed_slice(), mask: 15 };
    s.shards[3 & s.mask].0.fetch_add(1, Ordering::Relaxed);
    println!("{}", s.shards.iter().map(|c| c.0.load(Ordering::Relaxed)).sum::<u64>());
}
