// SPDX-License-Identifier: MIT
package main
import ("fmt"; "sync")
type Pool struct { perWorker [16]int64; n int }
func main() {
	p := &Pool{n: 4}
	var wg sync.WaitGroup
	for i := 0; i < p.n; i++ { wg.Add(1); go func(i int) { defer wg.Done()
		p.perWorker[i]++
	}(i) }
	wg.Wait()
	fmt.Println(p.perWorker[0])
}
