// SPDX-License-Identifier: MIT
// Types that say themselves how Go laid them out.
package main

import (
	"fmt"
	"sync"
	"sync/atomic"
	"unsafe"
)

type Counters struct {
	Hits   atomic.Int64
	Misses atomic.Int64
	Limit  int32
}

type Padded struct {
	hits   atomic.Uint64
	_      [56]byte
	misses atomic.Uint64
	_      [56]byte
}

type Guarded struct {
	open  bool
	mutex sync.Mutex
	rw    sync.RWMutex
	table map[string][]int
	names []string
	any   interface{}
	done  chan struct{}
	call  func(int) int
	once  sync.Once
	group sync.WaitGroup
	flag  atomic.Bool
	small int16
	where complex64
	far   complex128
}

type Embedding struct {
	Counters
	tail byte
	rows [3]Padded
}

type Pair[A, B any] struct {
	First  A
	Second B
}

var (
	counters  Counters
	padded    Padded
	guarded   Guarded
	embedding Embedding
	narrow    Pair[int8, complex128]
	text      Pair[string, uint16]
)

func size(name string, size, align uintptr) { fmt.Printf("size\tmain.%s\t%d\t%d\n", name, size, align) }
func offset(name, field string, at uintptr) { fmt.Printf("offset\tmain.%s\t%s\t%d\n", name, field, at) }

func main() {
	size("Counters", unsafe.Sizeof(counters), unsafe.Alignof(counters))
	offset("Counters", "Hits", unsafe.Offsetof(counters.Hits))
	offset("Counters", "Misses", unsafe.Offsetof(counters.Misses))
	offset("Counters", "Limit", unsafe.Offsetof(counters.Limit))
	size("Padded", unsafe.Sizeof(padded), unsafe.Alignof(padded))
	offset("Padded", "hits", unsafe.Offsetof(padded.hits))
	offset("Padded", "misses", unsafe.Offsetof(padded.misses))
	size("Guarded", unsafe.Sizeof(guarded), unsafe.Alignof(guarded))
	offset("Guarded", "open", unsafe.Offsetof(guarded.open))
	offset("Guarded", "mutex", unsafe.Offsetof(guarded.mutex))
	offset("Guarded", "rw", unsafe.Offsetof(guarded.rw))
	offset("Guarded", "table", unsafe.Offsetof(guarded.table))
	offset("Guarded", "names", unsafe.Offsetof(guarded.names))
	offset("Guarded", "any", unsafe.Offsetof(guarded.any))
	offset("Guarded", "done", unsafe.Offsetof(guarded.done))
	offset("Guarded", "call", unsafe.Offsetof(guarded.call))
	offset("Guarded", "once", unsafe.Offsetof(guarded.once))
	offset("Guarded", "group", unsafe.Offsetof(guarded.group))
	offset("Guarded", "flag", unsafe.Offsetof(guarded.flag))
	offset("Guarded", "small", unsafe.Offsetof(guarded.small))
	offset("Guarded", "where", unsafe.Offsetof(guarded.where))
	offset("Guarded", "far", unsafe.Offsetof(guarded.far))
	size("Embedding", unsafe.Sizeof(embedding), unsafe.Alignof(embedding))
	offset("Embedding", "tail", unsafe.Offsetof(embedding.tail))
	offset("Embedding", "rows", unsafe.Offsetof(embedding.rows))
	size("Pair[int8,complex128]", unsafe.Sizeof(narrow), unsafe.Alignof(narrow))
	offset("Pair[int8,complex128]", "Second", unsafe.Offsetof(narrow.Second))
	size("Pair[string,uint16]", unsafe.Sizeof(text), unsafe.Alignof(text))
	offset("Pair[string,uint16]", "Second", unsafe.Offsetof(text.Second))
	counters.Hits.Add(1)
	padded.hits.Add(1)
	guarded.mutex.Lock()
	fmt.Print("")
	keep(&counters, &padded, &guarded, &embedding, &narrow, &text)
}

//go:noinline
func keep(things ...interface{}) { guarded.any = things }
