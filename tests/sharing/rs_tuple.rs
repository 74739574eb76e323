// SPDX-License-Identifier: MIT
// False: the two atomics of a tuple struct in an Arc, main's and a thread's.
mod pattern;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::Arc;

#[repr(align(64))]
struct Progress(AtomicUsize, AtomicUsize);

fn main() {
    let (rounds, _) = pattern::arguments();
    let progress = Arc::new(Progress(AtomicUsize::new(0), AtomicUsize::new(0)));
    pattern::same_line(&progress.0, &progress.1);
    let other = progress.clone();
    let thread = std::thread::spawn(move || {
        for _ in 0..rounds {
            other.1.fetch_add(1, SeqCst);
        }
    });
    for _ in 0..rounds {
        progress.0.fetch_add(1, SeqCst);
    }
    thread.join().unwrap();
    assert_eq!(progress.1.load(SeqCst) as u64, rounds);
}
