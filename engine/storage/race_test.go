//go:build race

package storage

// raced tells that the race detector is on, which makes everything many times as slow.
const raced = true
