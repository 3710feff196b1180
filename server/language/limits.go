package language

import "time"

// What is taken from a client.
const (
	MaxMessage   = 4 << 20 // bytes
	MaxDocument  = 1 << 20
	maxDocuments = 1000
	maxTotal     = 16 << 20 // bytes of all documents
	maxWaiting   = 128      // requests that are not answered yet
	maxWorking   = 2        // of them worked on at a time
	maxTime      = 5 * time.Second
	defaultDelay = 150 * time.Millisecond
)
