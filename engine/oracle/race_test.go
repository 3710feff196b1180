//go:build race

package oracle

// raced tells that the race detector is on, which makes everything many times as slow.
const raced = true
