//go:build linux && (amd64 || arm64)

package sandbox

import "golang.org/x/sys/unix"

// allowedToPrograms are the system calls that an interpreter needs to start, to load libraries and to compute. What makes
// sockets, files, processes, signals to others, shared memory or timers is not among them.
var allowedToPrograms = []uint32{
	unix.SYS_FUTEX, unix.SYS_READ, unix.SYS_WRITE, unix.SYS_READV, unix.SYS_WRITEV, unix.SYS_PREAD64, unix.SYS_LSEEK, unix.SYS_CLOSE,
	unix.SYS_FSTAT, statAt, unix.SYS_STATX, unix.SYS_GETDENTS64, unix.SYS_READLINKAT, unix.SYS_FACCESSAT, unix.SYS_FACCESSAT2,
	unix.SYS_GETCWD, unix.SYS_MUNMAP, unix.SYS_MPROTECT, unix.SYS_MREMAP, unix.SYS_MADVISE, unix.SYS_BRK, unix.SYS_RT_SIGRETURN,
	unix.SYS_RT_SIGPROCMASK, unix.SYS_RT_SIGACTION, unix.SYS_SIGALTSTACK, unix.SYS_SCHED_YIELD, unix.SYS_SCHED_GETAFFINITY,
	unix.SYS_SCHED_GETPARAM, unix.SYS_SCHED_GETSCHEDULER, unix.SYS_CLOCK_GETTIME, unix.SYS_CLOCK_GETRES, unix.SYS_CLOCK_NANOSLEEP,
	unix.SYS_NANOSLEEP, unix.SYS_GETTIMEOFDAY, unix.SYS_GETTID, unix.SYS_GETPID, unix.SYS_GETPPID, unix.SYS_GETUID, unix.SYS_GETEUID,
	unix.SYS_GETGID, unix.SYS_GETEGID, unix.SYS_GETRANDOM, unix.SYS_GETRUSAGE, unix.SYS_SYSINFO, unix.SYS_UNAME, unix.SYS_GETCPU,
	unix.SYS_SET_ROBUST_LIST, unix.SYS_RSEQ, unix.SYS_SET_TID_ADDRESS, unix.SYS_EXIT, unix.SYS_EXIT_GROUP, unix.SYS_RESTART_SYSCALL,
	unix.SYS_MEMBARRIER, unix.SYS_DUP, unix.SYS_DUP3, unix.SYS_PPOLL,
}

// harmlessControls are the commands of fcntl that concern a descriptor alone. Others send signals, or lock files.
var harmlessControls = []uint32{unix.F_DUPFD, unix.F_GETFD, unix.F_SETFD, unix.F_GETFL, unix.F_DUPFD_CLOEXEC}

const noTerminal = unix.SECCOMP_RET_ERRNO | uint32(unix.ENOTTY)

// programFilter returns the filter for the process pid, which is about to become a stranger's interpreter.
func programFilter(pid int) []unix.SockFilter {
	f := newFilter()
	f.permit(allowedToPrograms...)
	f.permit(allowedToProgramsHere...)
	f.add(equal, unix.SYS_CLONE3, 0, 1)
	f.add(give, missing, 0, 0)
	f.add(equal, unix.SYS_IOCTL, 0, 1) // Python asks whether descriptors are terminals, and goes on
	f.add(give, noTerminal, 0, 0)
	// Each of these tests loads an argument over the number, and ends in a verdict.
	f.when(unix.SYS_CLONE, func() { // threads, no processes
		f.argument(0)
		f.add(anyBit, unix.CLONE_THREAD, 0, 1)
		f.allow()
	})
	f.when(unix.SYS_TGKILL, func() { // abort, of itself
		f.argument(0)
		f.add(equal, uint32(pid), 0, 1)
		f.allow()
	})
	f.when(unix.SYS_OPENAT, func() { // to read
		f.argument(2)
		f.add(anyBit, unix.O_WRONLY|unix.O_RDWR|unix.O_CREAT|unix.O_TRUNC|unix.O_APPEND|unix.O_PATH, 1, 0)
		f.allow()
	})
	f.when(unix.SYS_MMAP, func() { // no shared memory without a file: no limit counts it
		f.argument(3)
		f.add(anyBit, unix.MAP_ANONYMOUS, 0, 1)
		f.add(anyBit, unix.MAP_SHARED, 1, 0)
		f.allow()
	})
	f.when(unix.SYS_FCNTL, func() {
		f.argument(1)
		f.permit(harmlessControls...)
	})
	f.when(unix.SYS_PRLIMIT64, func() { // of itself, to read
		f.argument(0)
		f.add(equal, 0, 0, 5)
		f.argument(2)
		f.add(equal, 0, 0, 3)
		f.argumentHigh(2)
		f.add(equal, 0, 0, 1)
		f.allow()
	})
	f.when(unix.SYS_EXECVEAT, func() { // the program, once
		f.argument(0)
		f.add(equal, programDescriptor, 0, 3)
		f.argument(4)
		f.add(equal, unix.AT_EMPTY_PATH, 0, 1)
		f.allow()
	})
	f.add(give, refuse, 0, 0)
	return f.code
}
