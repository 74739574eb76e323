// SPDX-License-Identifier: MIT
package main
import ("fmt"; "sync/atomic")
var requests struct { atomic.Int64; _ [120]byte }
var failures struct { atomic.Int64; _ [120]byte }
func main() { requests.Add(1); failures.Add(1); fmt.Println(requests.Load(), failures.Load()) }
