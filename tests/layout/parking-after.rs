/* SPDX-License-Identifier: MIT */
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
pub struct WordLock { state: AtomicUsize }
#[repr(align(64))]
pub struct Bucket { lock: WordLock, queue_head: Cell<usize>, queue_tail: Cell<usize> }
pub struct HashTable { entries: Box<[Bucket]>, bits: u32 }
fn main() {
    let t = HashTable { entries: (0..8).map(|_| Bucket { lock: WordLock { state: AtomicUsize::new(0) }, queue_head: Cell::new(1), queue_tail: Cell::new(2) }).collect::<Vec<_>>().into_boxed_slice(), bits: 3 };
    t.entries[1].lock.state.fetch_add(1, Ordering::Relaxed);
    println!("{} {} {}", t.entries[0].queue_head.get() + t.entries[0].queue_tail.get(), t.bits, t.entries.len());
}
