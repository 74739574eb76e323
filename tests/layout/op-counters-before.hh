/* SPDX-License-Identifier: MIT */
/* Every thread counts the operations that it does. */
class AtomicCount { volatile unsigned value_ = 0; public: unsigned next() { return __sync_add_and_fetch(&value_, 1); } };
class OpCounters { public: AtomicCount insert_; AtomicCount query_; AtomicCount update_; AtomicCount remove_; };
unsigned count(OpCounters &c) { return c.insert_.next() + c.query_.next(); }
