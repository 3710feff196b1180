package sandbox

import "golang.org/x/sys/unix"

const (
	auditArch = unix.AUDIT_ARCH_X86_64
	statAt    = unix.SYS_NEWFSTATAT
)

var allowedHere = []uint32{unix.SYS_EPOLL_WAIT, unix.SYS_DUP2, unix.SYS_ARCH_PRCTL, unix.SYS_POLL}

var allowedToProgramsHere = []uint32{unix.SYS_ACCESS, unix.SYS_READLINK, unix.SYS_POLL, unix.SYS_DUP2, unix.SYS_ARCH_PRCTL, unix.SYS_TIME}
