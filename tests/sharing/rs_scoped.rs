// SPDX-License-Identifier: MIT
// False: locals of main that two scoped threads borrow.
mod pattern;

// std::hint::black_box is younger than Debian 12's compiler.
#[inline(always)]
fn add(word: &mut u64, by: u64) {
    unsafe { std::ptr::write_volatile(word, std::ptr::read_volatile(word) + by) }
}

#[repr(align(64))]
struct Sums {
    odd: u64,
    even: u64,
}

fn main() {
    let (rounds, _) = pattern::arguments();
    let mut sums = Sums { odd: 0, even: 0 };
    pattern::same_line(&sums.odd, &sums.even);
    let (odd, even) = (&mut sums.odd, &mut sums.even);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for i in 0..rounds {
                add(odd, 2 * i + 1);
            }
        });
        scope.spawn(move || {
            for i in 0..rounds {
                add(even, 2 * i);
            }
        });
    });
    assert_eq!(sums.odd - sums.even, rounds);
}
