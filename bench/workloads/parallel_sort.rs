// SPDX-License-Identifier: MIT
// Sorts numbers of a generator: a chunk a thread, then merges of neighbours in parallel.
// Usage: parallel_sort [NUMBERS [THREADS]]

fn generate(count: usize) -> Vec<u64> {
    let mut state = 0x2545_f491_4f6c_dd1du64;
    (0..count)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        })
        .collect()
}

fn merge(left: &[u64], right: &[u64], out: &mut [u64]) {
    let (mut l, mut r) = (0, 0);
    for place in out.iter_mut() {
        if r == right.len() || l < left.len() && left[l] <= right[r] {
            *place = left[l];
            l += 1;
        } else {
            *place = right[r];
            r += 1;
        }
    }
}

fn merge_pass(from: &[u64], to: &mut [u64], run: usize) {
    std::thread::scope(|scope| {
        for (pair, out) in from.chunks(2 * run).zip(to.chunks_mut(2 * run)) {
            scope.spawn(move || {
                let middle = run.min(pair.len());
                merge(&pair[..middle], &pair[middle..], out);
            });
        }
    });
}

fn main() {
    let mut given = std::env::args().skip(1);
    let count: usize = given.next().and_then(|word| word.parse().ok()).unwrap_or(400_000);
    let threads: usize = given.next().and_then(|word| word.parse().ok()).unwrap_or(2);
    let mut numbers = generate(count);
    let mut run = ((count + threads - 1) / threads).max(1);
    std::thread::scope(|scope| {
        for chunk in numbers.chunks_mut(run) {
            scope.spawn(move || chunk.sort_unstable());
        }
    });
    let mut other = vec![0; count];
    while run < count {
        merge_pass(&numbers, &mut other, run);
        std::mem::swap(&mut numbers, &mut other);
        run *= 2;
    }
    assert!(numbers.windows(2).all(|pair| pair[0] <= pair[1]));
}
