module example.test/counters

go 1.19
