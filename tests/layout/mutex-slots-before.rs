// SPDX-License-Identifier: MIT
use std::sync::Mutex;
pub struct Pool {
    slots: [Mutex<u64>; 16],
    next: usize,
}
fn main() {
    let p = Pool { slots: std::array::from_fn(|i| Mutex::new(i as u64)), next: 3 };
    println!("{}", p.slots[p.next].lock().unwrap());
}
