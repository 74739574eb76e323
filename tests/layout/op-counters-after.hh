/* SPDX-License-Identifier: MIT */
class AtomicCount { volatile unsigned value_ = 0; public: unsigned next() { return __sync_add_and_fetch(&value_, 1); } };
class OpCounters { public: alignas(64) AtomicCount insert_; alignas(64) AtomicCount query_; alignas(64) AtomicCount update_; alignas(64) AtomicCount remove_; };
unsigned count(OpCounters &c) { return c.insert_.next() + c.query_.next(); }
