package sandbox

import "golang.org/x/sys/unix"

const (
	auditArch = unix.AUDIT_ARCH_AARCH64
	statAt    = unix.SYS_FSTATAT
)

var allowedHere = []uint32{unix.SYS_PPOLL}

var allowedToProgramsHere = []uint32{}
