package main

import "golang.org/x/sys/unix"

// memoryOfMachine is how many bytes of memory this machine has; 0 if it does not tell.
func memoryOfMachine() int64 {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return 0
	}
	return int64(info.Totalram) * int64(info.Unit)
}
