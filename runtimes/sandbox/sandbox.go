// Package sandbox starts executor processes and shuts them in: the worker's side is Launcher, the child's side is Enter.
//
// The child begins as the same program with the same rights, so that it can read what only its owner may (its own
// executable, the compiled Python interpreter), while it runs nothing but our code. Then it calls Enter, once, before the
// first byte of a stranger's: from there on it has no files, no network, no other processes, and a bounded amount of
// memory; its one way out is the socket that it inherited as descriptor 3. Enter cannot be undone.
//
// What keeps a function in, from the inside out: the WebAssembly engine, which bounds every memory access; a seccomp filter
// that allows what the Go runtime needs and refuses the rest (seccomp_linux.go); Landlock, where the kernel has it; an
// unprivileged uid, when started as root; resource limits; and the worker, which kills the process on a deadline. A limit
// is added to Limits and applied in enter_linux.go. Other systems than Linux get resource limits only, and Report says so.
//
// Memory is limited by RLIMIT_DATA, which counts private writable pages that are mapped: a Go program reserves far more
// address space than it uses, so RLIMIT_AS would have to be set at a meaningless height. A process at its limit dies
// with an out-of-memory message; GOMEMLIMIT, set a quarter below, makes the collector work hard before that.
package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
)

// Descriptor is where a child finds its socket.
const Descriptor = 3

// environment carries the Policy from Launcher to Enter.
const environment = "DREAMQL_SANDBOX"

// Limits of a child. Zero fields take the default.
type Limits struct {
	MemoryBytes uint64 `json:"memory"` // default 1 GiB
	CPUSeconds  uint64 `json:"cpu"`    // of processor time in its whole life; 0 is no limit
	OpenFiles   uint64 `json:"files"`  // default 1024
	FileBytes   uint64 `json:"file"`   // how long it may make a file that it was handed open for writing; default 0
}

func (l Limits) withDefaults() Limits {
	if l.MemoryBytes == 0 {
		l.MemoryBytes = 1 << 30
	}
	if l.OpenFiles == 0 {
		l.OpenFiles = 1024
	}
	return l
}

// Policy is what Enter applies.
type Policy struct {
	Limits Limits `json:"limits"`
	// ReadOnlyDirs stay readable where the kernel has Landlock. Without it nothing can be opened after Enter: open what is
	// needed before.
	ReadOnlyDirs []string `json:"read_only,omitempty"`
	Parent       int      `json:"parent,omitempty"` // its pid; 0 when there is none to die with
	// Program is what the process becomes behind the walls (Exec); nil for one that goes on as itself (Enter).
	Program *Program `json:"program,omitempty"`
}

// Program is another program than ours, such as CPython, which runs a stranger's code in the open.
type Program struct {
	Path string   `json:"path"` // of the file to execute
	Args []string `json:"args"` // the first is its name
	Env  []string `json:"env,omitempty"`
	// ReadOnlyFiles stay readable beside ReadOnlyDirs.
	ReadOnlyFiles []string `json:"read_only_files,omitempty"`
	// Unsafe lets it run on a kernel that lacks a wall.
	Unsafe bool `json:"unsafe,omitempty"`
}

// FromEnvironment returns the policy that a Launcher handed to this process.
func FromEnvironment() (Policy, error) {
	var p Policy
	s, ok := os.LookupEnv(environment)
	if !ok {
		return p, errors.New("this process was not started by a DreamQL worker; executors are not started by hand")
	}
	if err := json.Unmarshal([]byte(s), &p); err != nil {
		return p, fmt.Errorf("%s: %w", environment, err)
	}
	p.Limits = p.Limits.withDefaults()
	return p, nil
}

// Report says which walls stand.
type Report struct {
	Seccomp  bool `json:"seccomp"`
	Landlock int  `json:"landlock"` // ABI version of the kernel, 0 without
	User     int  `json:"user"`     // uid that the process runs as
}

func (r Report) String() string {
	return fmt.Sprintf("seccomp %t, landlock ABI %d, uid %d", r.Seccomp, r.Landlock, r.User)
}

// Conn returns the child's end of the socket to its parent.
func Conn() (*net.UnixConn, error) {
	f := os.NewFile(Descriptor, "parent")
	if f == nil {
		return nil, errors.New("descriptor 3 is not open")
	}
	defer f.Close()
	c, err := net.FileConn(f)
	if err != nil {
		return nil, fmt.Errorf("the socket to the worker: %w", err)
	}
	u, ok := c.(*net.UnixConn)
	if !ok {
		return nil, errors.Join(errors.New("descriptor 3 is no unix socket"), c.Close())
	}
	return u, nil
}
