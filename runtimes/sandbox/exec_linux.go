//go:build linux && (amd64 || arm64)

package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"github.com/landlock-lsm/go-landlock/landlock"
	"golang.org/x/sys/unix"
)

const (
	// programDescriptor is where Exec keeps the program's file open. It lies above maxProgramFiles, so that nothing can take its
	// place after the file was closed by the one execution that the filter permits.
	programDescriptor = 1000
	maxProgramFiles   = 256
	maxProgramTasks   = 64 // threads; with a uid of its own, of this program alone
	// Users of programs: one each, as long as no two of their numbers meet. systemd leaves this range to nobody.
	firstUser, users = 60706, 478
)

// Exec shuts this process in as Enter does, but behind walls for a program that a stranger commands: nothing can be opened
// but the policy's folders and files, only plain system calls on descriptors that it has are possible, and threads are its
// only company. Then it becomes the policy's program. It returns only if that fails.
//
// The filter allows one way to execute a file: through programDescriptor, which closes as the program starts.
func Exec(p Policy) error {
	p.Limits = p.Limits.withDefaults()
	runtime.LockOSThread()
	s := Support()
	if !p.Program.Unsafe && (s.Landlock == 0 || !s.Seccomp) {
		return errors.New("sandbox: this kernel has no Landlock or no seccomp")
	}
	fd, err := unix.Open(p.Program.Path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("sandbox: %s: %w", p.Program.Path, err)
	}
	if err := unix.Dup3(fd, programDescriptor, unix.O_CLOEXEC); err != nil {
		return fmt.Errorf("sandbox: %s: %w", p.Program.Path, err)
	}
	uid, tasks := firstUser+os.Getpid()%users, uint64(maxProgramTasks)
	if os.Geteuid() != 0 {
		uid, tasks = os.Getuid(), tasks+tasksOf(os.Getuid())
	}
	p.Limits.OpenFiles = min(p.Limits.OpenFiles, maxProgramFiles)
	preferToKill()
	if err := setLimits(p.Limits); err != nil {
		return err
	}
	if err := renounce(p.Parent, uid); err != nil {
		return err
	}
	if err := unix.Setrlimit(unix.RLIMIT_NPROC, &unix.Rlimit{Cur: tasks, Max: tasks}); err != nil {
		return fmt.Errorf("sandbox: processes limit: %w", err)
	}
	if s.Landlock > 0 {
		err := landlock.V6.BestEffort().Restrict(landlock.RODirs(p.ReadOnlyDirs...).IgnoreIfMissing(),
			landlock.ROFiles(append(p.Program.ReadOnlyFiles, p.Program.Path)...).IgnoreIfMissing())
		if err != nil {
			return fmt.Errorf("sandbox: landlock: %w", err)
		}
	}
	argv, err := syscall.SlicePtrFromStrings(p.Program.Args)
	if err != nil {
		return err
	}
	env, err := syscall.SlicePtrFromStrings(p.Program.Env)
	if err != nil {
		return err
	}
	empty, _ := unix.BytePtrFromString("")
	if s.Seccomp {
		// On this thread alone, which becomes the program: Go's others, which end then, could not live with it.
		if err := loadFilter(programFilter(os.Getpid()), 0); err != nil {
			return fmt.Errorf("sandbox: seccomp: %w", err)
		}
	}
	_, _, errno := unix.RawSyscall6(unix.SYS_EXECVEAT, programDescriptor, uintptr(unsafe.Pointer(empty)), uintptr(unsafe.Pointer(&argv[0])),
		uintptr(unsafe.Pointer(&env[0])), unix.AT_EMPTY_PATH, 0)
	return fmt.Errorf("sandbox: executing %s: %w", p.Program.Path, errno)
}

// tasksOf counts the threads of a user, which the kernel's limit counts too.
func tasksOf(uid int) uint64 {
	var n uint64
	processes, _ := filepath.Glob("/proc/[0-9]*/status")
	for _, path := range processes {
		text, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		var owner, threads uint64
		for line := range strings.Lines(string(text)) {
			switch f := strings.Fields(line); {
			case len(f) > 1 && f[0] == "Uid:":
				owner, _ = strconv.ParseUint(f[1], 10, 64)
			case len(f) > 1 && f[0] == "Threads:":
				threads, _ = strconv.ParseUint(f[1], 10, 64)
			}
		}
		if owner == uint64(uid) {
			n += threads
		}
	}
	return n
}
