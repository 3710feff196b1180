//go:build linux && (amd64 || arm64)

package sandbox

import (
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// allowed are the system calls that a Go program needs to compute and to talk over descriptors that it has, the most
// frequent first. Everything else fails with EPERM. Calls that only one architecture has are in seccomp_linux_<arch>.go.
var allowed = []uint32{
	unix.SYS_FUTEX, unix.SYS_READ, unix.SYS_WRITE, unix.SYS_EPOLL_PWAIT, unix.SYS_NANOSLEEP, unix.SYS_SENDMSG, unix.SYS_RECVMSG,
	unix.SYS_MADVISE, unix.SYS_MMAP, unix.SYS_MUNMAP, unix.SYS_MPROTECT, unix.SYS_MREMAP, unix.SYS_RT_SIGRETURN, unix.SYS_RT_SIGPROCMASK,
	unix.SYS_RT_SIGACTION, unix.SYS_SIGALTSTACK, unix.SYS_SCHED_YIELD, unix.SYS_SCHED_GETAFFINITY, unix.SYS_CLOCK_GETTIME,
	unix.SYS_CLOCK_NANOSLEEP, unix.SYS_GETTIMEOFDAY, unix.SYS_GETTID, unix.SYS_GETPID, unix.SYS_GETPPID, unix.SYS_GETUID, unix.SYS_GETEUID,
	unix.SYS_GETGID, unix.SYS_GETEGID, unix.SYS_EPOLL_CTL, unix.SYS_EPOLL_CREATE1, unix.SYS_EVENTFD2, unix.SYS_READV, unix.SYS_WRITEV,
	unix.SYS_PREAD64, unix.SYS_PWRITE64, unix.SYS_RECVFROM, unix.SYS_SENDTO, unix.SYS_SHUTDOWN, unix.SYS_GETSOCKOPT, unix.SYS_SETSOCKOPT, unix.SYS_GETSOCKNAME,
	unix.SYS_GETPEERNAME, unix.SYS_CLOSE, unix.SYS_FSTAT, unix.SYS_LSEEK, unix.SYS_DUP, unix.SYS_DUP3, unix.SYS_BRK,
	unix.SYS_GETRANDOM, unix.SYS_GETRUSAGE, unix.SYS_SYSINFO, unix.SYS_UNAME, unix.SYS_SET_ROBUST_LIST, unix.SYS_RSEQ, unix.SYS_EXIT,
	unix.SYS_EXIT_GROUP, unix.SYS_RESTART_SYSCALL, unix.SYS_MINCORE, unix.SYS_MEMBARRIER, unix.SYS_TIMER_CREATE, unix.SYS_TIMER_SETTIME,
	unix.SYS_TIMER_DELETE, unix.SYS_SETITIMER,
}

// whileOpening are allowed only where Landlock decides what may be opened.
var whileOpening = []uint32{unix.SYS_GETDENTS64, unix.SYS_READLINKAT, unix.SYS_FACCESSAT, unix.SYS_STATX}

// Instructions of the filter machine, and offsets in the data that it sees.
const (
	loadWord = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
	equal    = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
	anyBit   = unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K
	atLeast  = unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K
	give     = unix.BPF_RET | unix.BPF_K

	dataNumber = 0
	dataArch   = 4
	dataArgs   = 16 // the low half of argument i is at dataArgs + 8*i on little-endian machines

	refuse  = unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)
	missing = unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)
)

// builder writes a filter. It begins with the number of the call loaded.
type builder struct{ code []unix.SockFilter }

func newFilter() *builder {
	f := &builder{}
	f.add(loadWord, dataArch, 0, 0)
	f.add(equal, auditArch, 1, 0)
	f.add(give, unix.SECCOMP_RET_KILL_PROCESS, 0, 0)
	f.add(loadWord, dataNumber, 0, 0)
	f.add(atLeast, 0x40000000, 0, 1) // the x32 calls of amd64
	f.add(give, refuse, 0, 0)
	return f
}

func (f *builder) add(code uint16, k uint32, jt, jf uint8) {
	f.code = append(f.code, unix.SockFilter{Code: code, Jt: jt, Jf: jf, K: k})
}

func (f *builder) allow()             { f.add(give, unix.SECCOMP_RET_ALLOW, 0, 0) }
func (f *builder) argument(i int)     { f.add(loadWord, uint32(dataArgs+8*i), 0, 0) }
func (f *builder) argumentHigh(i int) { f.add(loadWord, uint32(dataArgs+8*i+4), 0, 0) }

// permit allows what is loaded to be one of the values.
func (f *builder) permit(values ...uint32) {
	for _, v := range values {
		f.add(equal, v, 0, 1)
		f.allow()
	}
}

// when applies the rules that inside adds to one call, and refuses the call where none of them allows it.
func (f *builder) when(call uint32, inside func()) {
	at := len(f.code)
	f.add(equal, call, 0, 0)
	inside()
	f.add(give, refuse, 0, 0)
	f.code[at].Jf = uint8(len(f.code) - at - 1)
}

// filter returns the program that decides on each system call of the process pid.
func filter(pid int, mayOpen bool) []unix.SockFilter {
	f := newFilter()
	f.permit(allowed...)
	f.permit(allowedHere...)
	// New threads, but no new processes; clone3 hides its flags, and libraries then use clone.
	f.add(equal, unix.SYS_CLONE3, 0, 1)
	f.add(give, missing, 0, 0)
	f.when(unix.SYS_CLONE, func() {
		f.argument(0)
		f.add(anyBit, unix.CLONE_THREAD, 0, 1)
		f.allow()
	})
	// Go interrupts its own threads by signals.
	f.when(unix.SYS_TGKILL, func() {
		f.argument(0)
		f.add(equal, uint32(pid), 0, 1)
		f.allow()
	})
	f.when(unix.SYS_FCNTL, func() {
		f.argument(1)
		f.permit(append(harmlessControls, unix.F_SETFL)...)
	})
	if mayOpen {
		f.permit(whileOpening...)
		f.permit(statAt)
		f.when(unix.SYS_OPENAT, func() {
			f.argument(2)
			f.add(anyBit, unix.O_WRONLY|unix.O_RDWR|unix.O_CREAT|unix.O_TRUNC|unix.O_APPEND, 1, 0)
			f.allow()
		})
	}
	f.add(give, refuse, 0, 0)
	return f.code
}

// loadFilter installs a filter, with the flag SECCOMP_FILTER_FLAG_TSYNC on all threads. The calling thread must have no_new_privs, which
// the others then get too.
func loadFilter(f []unix.SockFilter, flags uintptr) error {
	program := unix.SockFprog{Len: uint16(len(f)), Filter: &f[0]}
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags, uintptr(unsafe.Pointer(&program)))
	runtime.KeepAlive(f)
	if errno != 0 {
		return errno
	}
	return nil
}
