//go:build race

package exec

// raced tells that the race detector is on, which makes everything many times as slow.
const raced = true
