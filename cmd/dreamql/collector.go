package main

import "sync"

// weight is memory that is never touched and so costs none; it only counts. Go's collector runs when the heap has doubled, at first
// every 4 MiB. Columns are large and live as long as a batch, so that it would run after every eighth of them, which was half of what a
// small function costs a row. With the weight it runs every 40 MiB or so, and as always once a query holds much more than that.
var weight []byte

const weightBytes = 32 << 20

// calmCollector is called by what executes plans in this process.
var calmCollector = sync.OnceFunc(func() { weight = make([]byte, weightBytes) })
