// SPDX-License-Identifier: MIT
package main
import ("fmt"; "sync")
type cell struct { v int64; _ [56]byte }
type Pool struct { perWorker [16]cell; n int }
func main() {
	p := &Pool{n: 4}
	var wg sync.WaitGroup
	for i := 0; i < p.n; i++ { wg.Add(1); go func(i int) { defer wg.Done()
		p.perWorker[i].v++
	}(i) }
	wg.Wait()
	fmt.Println(p.perWorker[0])
}
