//go:build linux && (amd64 || arm64)

package sandbox

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"

	"github.com/landlock-lsm/go-landlock/landlock"
	llsyscall "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
)

// nobody is the uid and gid that executors take when they were started as root.
const nobody = 65534

// Enter shuts this process in, for good. All its threads are affected. An error means that the process must end.
func Enter(p Policy) (Report, error) {
	var r Report
	p.Limits = p.Limits.withDefaults()
	// Some attributes belong to the thread that sets them.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	preferToKill()
	if err := setLimits(p.Limits); err != nil {
		return r, err
	}
	if err := renounce(p.Parent, nobody); err != nil {
		return r, err
	}
	r.User = os.Getuid()
	r.Landlock = Support().Landlock
	if r.Landlock > 0 {
		if err := landlock.V5.BestEffort().Restrict(landlock.RODirs(p.ReadOnlyDirs...).IgnoreIfMissing()); err != nil {
			return r, fmt.Errorf("sandbox: landlock: %w", err)
		}
	}
	mayOpen := r.Landlock > 0 && len(p.ReadOnlyDirs) > 0
	if err := loadFilter(filter(os.Getpid(), mayOpen), unix.SECCOMP_FILTER_FLAG_TSYNC); err != nil {
		return r, fmt.Errorf("sandbox: seccomp: %w", err)
	}
	r.Seccomp = true
	return r, nil
}

// Support reports what this machine's kernel offers, without changing anything.
func Support() Report {
	var r Report
	_, err := unix.PrctlRetInt(unix.PR_GET_SECCOMP, 0, 0, 0, 0)
	r.Seccomp = err == nil
	if v, err := llsyscall.LandlockGetABIVersion(); err == nil {
		r.Landlock = v
	}
	r.User = os.Getuid()
	return r
}

// renounce gives up root, for the user uid, and every way back.
func renounce(parent, uid int) error {
	if os.Geteuid() == 0 {
		if err := dropRoot(uid); err != nil {
			return err
		}
	}
	// Others of the same uid, which are executors of other tenants, must not look into this process.
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("sandbox: dumpable: %w", err)
	}
	if parent != 0 {
		// Changing the uid has cleared it; and the parent may have died before.
		if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
			return fmt.Errorf("sandbox: parent death signal: %w", err)
		}
		if os.Getppid() != parent {
			return errors.New("sandbox: the worker that started this process has ended")
		}
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("sandbox: no new privileges: %w", err)
	}
	return nil
}

func setLimits(l Limits) error {
	limits := []struct {
		name     string
		resource int
		value    uint64
	}{
		{"core dump", unix.RLIMIT_CORE, 0},
		{"file size", unix.RLIMIT_FSIZE, l.FileBytes},
		{"open files", unix.RLIMIT_NOFILE, l.OpenFiles},
		{"locked memory", unix.RLIMIT_MEMLOCK, 0},
		{"message queue", unix.RLIMIT_MSGQUEUE, 0},
		{"memory", unix.RLIMIT_DATA, l.MemoryBytes},
	}
	if l.CPUSeconds > 0 {
		limits = append(limits, limits[0])
		last := &limits[len(limits)-1]
		last.name, last.resource, last.value = "processor time", unix.RLIMIT_CPU, l.CPUSeconds
	}
	for _, lim := range limits {
		var now unix.Rlimit
		if err := unix.Getrlimit(lim.resource, &now); err != nil {
			return fmt.Errorf("sandbox: %s limit: %w", lim.name, err)
		}
		v := min(lim.value, now.Max)
		if err := unix.Setrlimit(lim.resource, &unix.Rlimit{Cur: v, Max: v}); err != nil {
			return fmt.Errorf("sandbox: %s limit: %w", lim.name, err)
		}
	}
	return nil
}

// preferToKill has the kernel choose this process when the machine runs out of memory, and not the server. Where /proc is closed, the
// kernel judges by size alone.
func preferToKill() { _ = os.WriteFile("/proc/self/oom_score_adj", []byte("1000"), 0) }

// dropRoot changes all threads; the capabilities go with the uid.
func dropRoot(uid int) error {
	if err := syscall.Setgroups(nil); err != nil {
		return fmt.Errorf("sandbox: setgroups: %w", err)
	}
	if err := syscall.Setresgid(uid, uid, uid); err != nil {
		return fmt.Errorf("sandbox: setresgid: %w", err)
	}
	if err := syscall.Setresuid(uid, uid, uid); err != nil {
		return fmt.Errorf("sandbox: setresuid: %w", err)
	}
	return nil
}
