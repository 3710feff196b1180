//go:build !linux

package main

// memoryOfMachine is not known on this system.
func memoryOfMachine() int64 { return 0 }
