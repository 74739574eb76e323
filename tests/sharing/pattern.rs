// SPDX-License-Identifier: MIT
// What the Rust programs of known sharing have in common; see pattern.h.
use std::sync::Barrier;

#[allow(dead_code)]
pub const LINE: usize = 64;

/// Usage: PROGRAM [ROUNDS [THREADS]]
pub fn arguments() -> (u64, usize) {
    let mut given = std::env::args().skip(1);
    let rounds = given.next().and_then(|word| word.parse().ok()).unwrap_or(100_000);
    let workers = given.next().and_then(|word| word.parse().ok()).unwrap_or(2);
    (rounds, workers)
}

fn misplaced(one: usize, other: usize) -> ! {
    eprintln!("not what this program is about: {:#x} and {:#x}", one, other);
    std::process::exit(3)
}

#[allow(dead_code)]
pub fn same_line<A, B>(one: &A, other: &B) {
    let (one, other) = (one as *const A as usize, other as *const B as usize);
    if one / LINE != other / LINE || one == other {
        misplaced(one, other)
    }
}

#[allow(dead_code)]
pub fn apart<A, B>(one: &A, other: &B) {
    let (one, other) = (one as *const A as usize, other as *const B as usize);
    if one / LINE == other / LINE {
        misplaced(one, other)
    }
}

/// Calls work(0) to work(workers - 1), each in a thread of its own, at the same time.
#[allow(dead_code)]
pub fn run_workers<F: Fn(usize) + Sync>(workers: usize, work: F) {
    let start_line = Barrier::new(workers);
    std::thread::scope(|scope| {
        for worker in 0..workers {
            let (start_line, work) = (&start_line, &work);
            scope.spawn(move || {
                start_line.wait();
                work(worker)
            });
        }
    });
}
