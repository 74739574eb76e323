/* SPDX-License-Identifier: MIT */
use std::sync::atomic::{AtomicU64, Ordering};
#[repr(align(64))] pub struct Alone(pub AtomicU64);
pub struct Traffic { pub inbound: Alone, pub outbound: Alone, pub label: u32 }
static TRAFFIC: Traffic = Traffic { inbound: Alone(AtomicU64::new(0)), outbound: Alone(AtomicU64::new(0)), label: 1 };
fn main() { TRAFFIC.inbound.0.fetch_add(1, Ordering::Relaxed); println!("{}", TRAFFIC.outbound.0.load(Ordering::Relaxed) + TRAFFIC.label as u64); }
