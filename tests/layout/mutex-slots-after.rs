// SPDX-License-Identifier: MIT
use std::sync::Mutex;
#[repr(align(64))] pub struct Aligned<T>(pub T);
pub struct Pool {
    slots: [Aligned<Mutex<u64>>; 16],
    next: usize,
}
fn main() {
    let p = Pool { slots: std::array::from_fn(|i| Aligned(Mutex::new(i as u64))), next: 3 };
    println!("{}", p.slots[p.next].0.lock().unwrap());
}
