// SPDX-License-Identifier: MIT
use std::sync::RwLock;
#[repr(align(128))] pub struct CachePadded<T>(pub T);
pub struct ShardedMap {
    shift: usize,
    shards: Box<[CachePadded<RwLock<Vec<u64>>>]>,
}
fn main() {
    let m = ShardedMap { shift: 4, shards: (0..16).map(|_| CachePadded(RwLock::new(Vec::new()))).collect() };
    m.shards[3].0.write().unwrap().push(1);
    println!("{}", m.shift);
}
