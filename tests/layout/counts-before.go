// SPDX-License-Identifier: MIT
package main
import ("fmt"; "sync/atomic")
var requests atomic.Int64
var failures atomic.Int64
func main() { requests.Add(1); failures.Add(1); fmt.Println(requests.Load(), failures.Load()) }
