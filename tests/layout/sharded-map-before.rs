// SPDX-License-Identifier: MIT
use std::sync::RwLock;
pub struct ShardedMap {
    shift: usize,
    shards: Box<[RwLock<Vec<u64>>]>,
}
fn main() {
    let m = ShardedMap { shift: 4, shards: (0..16).map(|_| RwLock::new(Vec::new())).collect() };
    m.shards[3].write().unwrap().push(1);
    println!("{}", m.shift);
}
