// SPDX-License-Identifier: MIT
// False: elements of vec![T; n], each of which a thread has through an iterator.
mod pattern;

#[derive(Clone, Default)]
struct ChunkStat {
    items: u64,
    bytes: u64,
}

fn main() {
    let (rounds, _) = pattern::arguments();
    let data: Vec<u32> = (0..64).collect();
    let stats = vec![ChunkStat::default(); 12].leak();
    std::thread::scope(|scope| {
        for (chunk, stat) in data.chunks(16).zip(stats[4..8].iter_mut()) {
            scope.spawn(move || {
                for round in 0..rounds {
                    let bytes = stat.bytes + u64::from(chunk[round as usize & 15]);
                    // Stored each time: not kept in registers.
                    unsafe {
                        std::ptr::write_volatile(&mut stat.items, stat.items + 1);
                        std::ptr::write_volatile(&mut stat.bytes, bytes);
                    }
                }
            });
        }
    });
    assert_eq!(stats[4].items, rounds);
}
