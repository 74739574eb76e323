// SPDX-License-Identifier: MIT
// False: a slice cut into chunks for scoped threads; plain numbers, no atomics.
mod pattern;
use std::sync::Barrier;

fn main() {
    let (rounds, workers) = pattern::arguments();
    let mut sums = vec![0u64; workers.max(2)];
    pattern::same_line(&sums[0], &sums[1]);
    let start_line = Barrier::new(sums.len());
    std::thread::scope(|scope| {
        for chunk in sums.chunks_mut(1) {
            let start_line = &start_line;
            scope.spawn(move || {
                start_line.wait();
                for i in 0..rounds {
                    // A volatile write: the optimiser would keep the sum in a register.
                    unsafe { std::ptr::write_volatile(&mut chunk[0], chunk[0] + (i & 1)) };
                }
            });
        }
    });
    assert_eq!(sums[0], rounds / 2);
}
