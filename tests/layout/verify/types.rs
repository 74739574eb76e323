// SPDX-License-Identifier: MIT
// Types that say themselves how rustc laid them out.
use std::cell::{Cell, RefCell, UnsafeCell};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::mem::{align_of, size_of};
use std::num::NonZeroU32;
use std::ptr::addr_of;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64};
use std::sync::{Arc, Condvar, Mutex, RwLock};

pub struct Counters { pub small: AtomicBool, pub hits: AtomicU64, pub misses: AtomicU64, pub short: AtomicU16 }
#[repr(align(64))]
pub struct Padded { pub value: AtomicU64 }
#[repr(align(128))]
pub struct Wide { pub value: u8 }
#[repr(C)]
pub struct Foreign { pub a: u8, pub b: u32, pub c: u16, pub d: f64 }
#[repr(C, packed)]
pub struct Packed { pub a: u8, pub b: u64, pub c: u16 }
#[repr(C)]
pub union Either { pub number: u64, pub bytes: [u8; 12] }
pub struct Tuple(pub u8, pub u32, pub u16);
pub struct Generic<T> { pub flag: bool, pub value: T, pub more: Option<T> }
pub enum Shape { Point, Circle(f64), Square { side: u32, name: u16 } }
pub enum Niche { Nothing, Boxed(Box<u64>) }
pub enum Deep { A(Option<NonZeroU32>), B { left: [u8; 3], right: u128 }, C(Tuple) }
#[repr(u16)]
pub enum Tagged { One(u8), Two(u64) }
pub struct Mixed<'a> { pub text: &'a str, pub list: Vec<u16>, pub shape: Shape, pub niche: Niche, pub call: fn(u32) -> u32, pub object: Option<Box<dyn Fn(u32) -> u32>>, pub pair: (u8, u64, u8), pub letter: Option<char>, pub slice: &'a [u32] }
pub struct Shared { pub lock: Mutex<u32>, pub table: RwLock<HashMap<u32, String>>, pub bell: Condvar, pub count: Arc<AtomicU64> }
pub struct Inner { pub cell: Cell<u8>, pub reference: RefCell<u64>, pub raw: UnsafeCell<[u8; 5]>, pub rc: Rc<u16>, pub queue: VecDeque<u8>, pub tree: BTreeMap<u8, u8> }
pub struct Empty;
pub struct Nested { pub padded: Padded, pub last: u8, pub rows: [Tuple; 3], pub deep: Deep, pub tagged: Tagged, pub nothing: Empty, pub foreign: Foreign, pub packed: Packed, pub either: Either, pub wide: Wide }

macro_rules! tell {
    ($name:expr, $value:expr, $kind:ty, $($field:tt),*) => {{
        println!("size\ttypes::{}\t{}\t{}", $name, size_of::<$kind>(), align_of::<$kind>());
        let base = addr_of!($value) as usize;
        $( println!("offset\ttypes::{}\t{}\t{}", $name, stringify!($field), addr_of!($value.$field) as usize - base); )*
        let _ = base;
    }};
}

fn main() {
    let counters = Counters { small: AtomicBool::new(true), hits: AtomicU64::new(0), misses: AtomicU64::new(0), short: AtomicU16::new(0) };
    tell!("Counters", counters, Counters, small, hits, misses, short);
    let bytes = Generic { flag: true, value: 7u8, more: None };
    tell!("Generic<u8>", bytes, Generic<u8>, flag, value, more);
    let texts = Generic { flag: true, value: String::new(), more: None };
    tell!("Generic<alloc::string::String>", texts, Generic<String>, flag, value, more);
    let words = [1u32, 2];
    let mixed = Mixed { text: "a", list: vec![1], shape: Shape::Circle(1.0), niche: Niche::Nothing, call: |x| x, object: None, pair: (1, 2, 3), letter: Some('x'), slice: &words };
    tell!("Mixed", mixed, Mixed, text, list, shape, niche, call, object, pair, letter, slice);
    let shared = Shared { lock: Mutex::new(1), table: RwLock::new(HashMap::new()), bell: Condvar::new(), count: Arc::new(AtomicU64::new(1)) };
    tell!("Shared", shared, Shared, lock, table, bell, count);
    let inner = Inner { cell: Cell::new(1), reference: RefCell::new(1), raw: UnsafeCell::new([0; 5]), rc: Rc::new(1), queue: VecDeque::new(), tree: BTreeMap::new() };
    tell!("Inner", inner, Inner, cell, reference, raw, rc, queue, tree);
    let nested = Nested { padded: Padded { value: AtomicU64::new(1) }, last: 1, rows: [Tuple(1, 2, 3), Tuple(1, 2, 3), Tuple(4, 5, 6)], deep: Deep::C(Tuple(1, 2, 3)), tagged: Tagged::Two(1), nothing: Empty, foreign: Foreign { a: 1, b: 2, c: 3, d: 4.0 }, packed: Packed { a: 1, b: 2, c: 3 }, either: Either { number: 1 }, wide: Wide { value: 1 } };
    tell!("Nested", nested, Nested, padded, last, rows, deep, tagged, nothing, foreign, packed, either, wide);
    tell!("Padded", nested.padded, Padded, value);
    tell!("Wide", nested.wide, Wide, value);
    tell!("Foreign", nested.foreign, Foreign, a, b, c, d);
    tell!("Packed", nested.packed, Packed, a, b, c);
    tell!("Either", nested.either, Either, number, bytes);
    tell!("Tuple", nested.rows[0], Tuple, 0, 1, 2);
    tell!("Shape", mixed.shape, Shape, );
    tell!("Niche", mixed.niche, Niche, );
    tell!("Deep", nested.deep, Deep, );
    tell!("Tagged", nested.tagged, Tagged, );
    tell!("Empty", nested.nothing, Empty, );
    let other = [Deep::A(None), Deep::B { left: [1, 2, 3], right: 4 }];
    let more = [Shape::Point, Shape::Square { side: 1, name: 2 }];
    let boxed = [Niche::Boxed(Box::new(1))];
    let tagged = [Tagged::One(1)];
    black_box((&other, &more, &boxed, &tagged, &counters, &bytes, &texts, &mixed, &shared, &inner, &nested));
}

/* std::hint::black_box is younger than Debian 12's compiler. */
fn black_box<T>(value: T) -> T {
    let copy = unsafe { std::ptr::read_volatile(&value) };
    std::mem::forget(value);
    copy
}
