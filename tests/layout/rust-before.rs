/* SPDX-License-Identifier: MIT */
use std::sync::atomic::{AtomicU64, Ordering};
pub struct Traffic { pub inbound: AtomicU64, pub outbound: AtomicU64, pub label: u32 }
static TRAFFIC: Traffic = Traffic { inbound: AtomicU64::new(0), outbound: AtomicU64::new(0), label: 1 };
fn main() { TRAFFIC.inbound.fetch_add(1, Ordering::Relaxed); println!("{}", TRAFFIC.outbound.load(Ordering::Relaxed) + TRAFFIC.label as u64); }
