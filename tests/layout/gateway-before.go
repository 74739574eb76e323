// SPDX-License-Identifier: MIT
package main

import (
	"fmt"
	"sync/atomic"
)

type Gateway struct {
	accepted atomic.Uint64
	served   atomic.Uint64
	name     string
}

// Facts that are handed over: nobody shares them.
type Reply struct {
	sent, received uint64
	perCPUHits     []uint64
}

func main() {
	reply := &Reply{sent: 1, perCPUHits: make([]uint64, 4)}
	gateway := &Gateway{name: "one"}
	go gateway.accepted.Add(1)
	gateway.served.Add(1)
	fmt.Println(reply, gateway.name, gateway.accepted.Load(), gateway.served.Load())
}
