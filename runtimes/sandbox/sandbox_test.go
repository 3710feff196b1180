//go:build linux && (amd64 || arm64)

package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "child" {
		child(os.Args[2])
	}
	os.Exit(m.Run())
}

func launch(t *testing.T, l Launcher) (*Process, *json.Decoder) {
	t.Helper()
	p, err := l.Launch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.Kill()
		p.Wait()
		p.Conn.Close()
	})
	return p, json.NewDecoder(p.Conn)
}

// TestWalls has a child try what a hostile function would, before and after it is shut in.
func TestWalls(t *testing.T) {
	t.Parallel()
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	stderr := &bytes.Buffer{}
	p, in := launch(t, Launcher{Args: []string{"child", "probe"}, Env: []string{"SECRET=" + secret}, Stderr: stderr})
	var got struct {
		Report  Report
		Env     []string
		Files   []string
		Outcome map[string]string
	}
	if err := in.Decode(&got); err != nil {
		t.Fatal(err, p.Wait(), stderr)
	}
	if !got.Report.Seccomp {
		t.Error("no seccomp filter")
	}
	if os.Getuid() == 0 && got.Report.User != nobody {
		t.Errorf("the child runs as %d", got.Report.User)
	}
	for _, kv := range got.Env {
		if name, _, _ := strings.Cut(kv, "="); !slices.Contains([]string{environment, "GOMEMLIMIT", "TZ", "LANG", "SECRET"}, name) {
			t.Errorf("the child inherited %s", kv)
		}
	}
	if len(got.Files) > 0 {
		t.Errorf("the child inherited descriptors of %v", got.Files)
	}
	t.Log(got.Report)
	if len(got.Outcome) < 10 {
		t.Errorf("only %d attempts were made", len(got.Outcome))
	}
	for what, outcome := range got.Outcome {
		if !strings.Contains(outcome, "not permitted") && !strings.Contains(outcome, "denied") {
			t.Errorf("%s: %s", what, outcome)
		}
	}
	if err := p.Wait(); err != nil {
		t.Error(err)
	}
}

func TestMemoryIsLimited(t *testing.T) {
	t.Parallel()
	var stderr bytes.Buffer
	p, _ := launch(t, Launcher{Args: []string{"child", "hoard"}, Limits: Limits{MemoryBytes: 256 << 20}, Stderr: &stderr})
	if ended, ok := p.Wait().(*Ended); !ok || !ended.Memory || ended.Reason != "out of memory" {
		t.Errorf("it does not say that memory was the reason: %v: %.200s", p.Wait(), stderr.String())
	}
}

// TestReasons has children end in other ways.
func TestReasons(t *testing.T) {
	t.Parallel()
	for what, want := range map[string]string{"fault": "it was told to fail", "leave": "exit status 3", "victim": "killed from outside"} {
		p, _ := launch(t, Launcher{Args: []string{"child", what}})
		if what == "victim" {
			unix.Kill(p.Pid, unix.SIGKILL)
		}
		if ended, ok := p.Wait().(*Ended); !ok || ended.Memory || !strings.Contains(ended.Reason, want) {
			t.Errorf("%s: %v", what, p.Wait())
		}
	}
}

// TestFlood has a child print without end.
func TestFlood(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	p, in := launch(t, Launcher{Args: []string{"child", "flood"}, Stderr: &log})
	var done string
	if err := in.Decode(&done); err != nil {
		t.Fatal(err)
	}
	p.Kill()
	p.Wait()
	if log.Len() != printable {
		t.Errorf("%d bytes came through", log.Len())
	}
}

// TestYield looks at the priority of every thread of a child that is to make way, and at the processor time that it uses.
func TestYield(t *testing.T) {
	t.Parallel()
	p, in := launch(t, Launcher{Args: []string{"child", "spin"}})
	var ready string
	if err := in.Decode(&ready); err != nil {
		t.Fatal(err)
	}
	if err := p.Yield(true); err != nil {
		t.Fatal(err)
	}
	threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", p.Pid))
	if err != nil || len(threads) < 2 {
		t.Fatal(err, threads)
	}
	for _, thread := range threads {
		id, _ := strconv.Atoi(thread.Name())
		if n, err := unix.Getpriority(unix.PRIO_PROCESS, id); err != nil || 20-n != lowest { // the system call gives 20 less
			t.Errorf("thread %d has %d, %v", id, 20-n, err)
		}
	}
	if os.Getuid() == 0 {
		if err := p.Yield(false); err != nil {
			t.Error(err)
		}
	}
	for before := time.Duration(-1); ; {
		used, err := p.CPU()
		if err != nil {
			t.Fatal(err)
		}
		if before >= 0 && used > before {
			break
		}
		before = used
	}
	if has, err := p.Memory(); err != nil || has < 1<<20 || has > 1<<30 {
		t.Errorf("it has %d bytes, %v", has, err)
	}
	p.Kill()
	p.Wait()
	if used, err := p.CPU(); err == nil {
		t.Errorf("a child that has ended has used %v", used)
	}
}

func TestProcessorTimeIsLimited(t *testing.T) {
	t.Parallel()
	p, _ := launch(t, Launcher{Args: []string{"child", "spin"}, Limits: Limits{CPUSeconds: 1}})
	if err := p.Wait(); err == nil || !strings.Contains(err.Error(), "signal") && !strings.Contains(err.Error(), "killed") {
		t.Errorf("the child ended with %v", err)
	}
}

// TestKill stops a child whose code never yields to Go's scheduler, as an endless WebAssembly loop does not.
func TestKill(t *testing.T) {
	t.Parallel()
	p, in := launch(t, Launcher{Args: []string{"child", "spin"}})
	var ready string
	if err := in.Decode(&ready); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	p.Kill()
	p.Wait()
	if took := time.Since(start); took > time.Second {
		t.Errorf("it took %v", took)
	}
	if _, err := p.Conn.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("reading from the dead child gave %v", err)
	}
	p.Kill()
}

// TestChildDiesWithParent kills a process that has a child of its own.
func TestChildDiesWithParent(t *testing.T) {
	t.Parallel()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	parent := exec.Command(exe, "child", "parent")
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	if err := json.NewDecoder(out).Decode(&pid); err != nil {
		t.Fatal(err)
	}
	if err := unix.Kill(pid, 0); err != nil {
		t.Fatal("the grandchild does not run:", err)
	}
	parent.Process.Kill()
	parent.Wait()
	for deadline := time.Now().Add(5 * time.Second); ; {
		// An orphan that nobody reaps yet is dead too.
		stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
		if err != nil || strings.Contains(string(stat), ") Z ") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the grandchild %d outlived its parent: %s", pid, stat)
		}
	}
}

// TestDescriptorsArrive sends an open file, which the child maps although it could not open it.
func TestDescriptorsArrive(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "segment")
	if err := os.WriteFile(path, []byte("columns"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, in := launch(t, Launcher{Args: []string{"child", "map"}})
	if _, _, err := p.Conn.WriteMsgUnix([]byte("f"), unix.UnixRights(int(f.Fd())), nil); err != nil {
		t.Fatal(err)
	}
	var got string
	if err := in.Decode(&got); err != nil || got != "columns" {
		t.Errorf("got %q, %v", got, err)
	}
}

// TestReadOnlyFolder keeps one folder readable, where the kernel can tell folders apart.
func TestReadOnlyFolder(t *testing.T) {
	t.Parallel()
	if Support().Landlock == 0 {
		t.Skip("the kernel has no Landlock")
	}
	// The child is another user, to whom t.TempDir is closed.
	dir, err := os.MkdirTemp("", "readable")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "file")
	if err := errors.Join(os.Chmod(dir, 0o755), os.WriteFile(path, []byte("open"), 0o644)); err != nil {
		t.Fatal(err)
	}
	_, in := launch(t, Launcher{Args: []string{"child", "read"}, Env: []string{"SECRET=" + path}, ReadOnlyDirs: []string{dir}})
	var got []string
	if err := in.Decode(&got); err != nil {
		t.Fatal(err)
	}
	if got[0] != "open <nil>" || !strings.Contains(got[1], "denied") || !strings.Contains(got[2], "not permitted") {
		t.Errorf("got %q", got)
	}
}

// TestScratchFile has a child write to a file that it was handed open, and no further than it may.
func TestScratchFile(t *testing.T) {
	t.Parallel()
	f, err := os.Create(filepath.Join(t.TempDir(), "scratch"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	_, in := launch(t, Launcher{Args: []string{"child", "scratch"}, Files: []*os.File{f}, Limits: Limits{FileBytes: 1 << 20}})
	var got []string
	if err := in.Decode(&got); err != nil {
		t.Fatal(err)
	}
	if got[0] != "kept <nil> <nil>" || !strings.Contains(got[1], "file too large") {
		t.Errorf("got %q", got)
	}
}

func TestLaunchErrors(t *testing.T) {
	t.Parallel()
	l := Launcher{Binary: filepath.Join(t.TempDir(), "missing")}
	if _, err := l.Launch(t.Context()); err == nil || !strings.Contains(err.Error(), "executor") {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (&Launcher{}).Launch(ctx); err != context.Canceled {
		t.Errorf("got %v", err)
	}
	if _, err := FromEnvironment(); err == nil {
		t.Error("a process that no worker started found a policy")
	}
}

// child is the body of the processes that the tests start.
func child(what string) {
	if what == "parent" {
		p, err := (&Launcher{Args: []string{"child", "spin"}}).Launch(context.Background())
		exitOn(err)
		var ready string
		exitOn(json.NewDecoder(p.Conn).Decode(&ready))
		fmt.Println(p.Pid)
		p.Wait()
	}
	var inherited []string
	entries, _ := os.ReadDir("/proc/self/fd")
	for _, e := range entries {
		if n, _ := strconv.Atoi(e.Name()); n > Descriptor {
			target, _ := os.Readlink("/proc/self/fd/" + e.Name())
			// Go itself keeps /sys/fs/cgroup files open, to know how many processors it may use.
			if strings.HasPrefix(target, "/") && !strings.HasPrefix(target, "/proc/") && !strings.HasPrefix(target, "/sys/fs/cgroup/") {
				inherited = append(inherited, target)
			}
		}
	}
	conn, err := Conn()
	exitOn(err)
	policy, err := FromEnvironment()
	exitOn(err)
	report, err := Enter(policy)
	exitOn(err)
	out := json.NewEncoder(conn)
	switch what {
	case "probe":
		exitOn(out.Encode(map[string]any{"Report": report, "Env": os.Environ(), "Files": inherited, "Outcome": attempts()}))
	case "read":
		inside, err := os.ReadFile(os.Getenv("SECRET"))
		_, outside := os.ReadFile("/etc/passwd")
		writing := os.WriteFile(os.Getenv("SECRET"), nil, 0o644)
		exitOn(out.Encode([]string{fmt.Sprintf("%s %v", inside, err), fmt.Sprint(outside), fmt.Sprint(writing)}))
	case "scratch":
		f := os.NewFile(Descriptor+1, "scratch")
		_, err := f.WriteAt([]byte("kept"), 4096)
		b := make([]byte, 4)
		_, reading := f.ReadAt(b, 4096)
		_, tooFar := f.WriteAt(b, 1<<20)
		exitOn(out.Encode([]string{fmt.Sprintf("%s %v %v", b, err, reading), fmt.Sprint(tooFar)}))
	case "hoard":
		var kept [][]byte
		for {
			b := make([]byte, 16<<20)
			for i := 0; i < len(b); i += 4096 {
				b[i] = 1
			}
			kept = append(kept, b)
		}
	case "fault":
		panic("it was told to fail")
	case "leave":
		os.Exit(3)
	case "victim":
		time.Sleep(time.Minute)
	case "flood":
		text := bytes.Repeat([]byte("noise\n"), 1000)
		for range 100 {
			os.Stderr.Write(text)
		}
		exitOn(out.Encode("done"))
		time.Sleep(time.Minute)
	case "spin":
		exitOn(out.Encode("ready"))
		for i := 0; ; i++ {
		}
	case "map":
		exitOn(out.Encode(receive(conn)))
	}
	os.Exit(0)
}

func receive(conn *net.UnixConn) string {
	oob := make([]byte, unix.CmsgSpace(4))
	_, n, _, _, err := conn.ReadMsgUnix(make([]byte, 1), oob)
	exitOn(err)
	messages, err := unix.ParseSocketControlMessage(oob[:n])
	exitOn(err)
	fds, err := unix.ParseUnixRights(&messages[0])
	exitOn(err)
	b, err := unix.Mmap(fds[0], 0, 7, unix.PROT_READ, unix.MAP_SHARED)
	exitOn(err)
	return string(b)
}

func attempts() map[string]string {
	outcome := map[string]string{}
	try := func(what string, err error) { outcome[what] = fmt.Sprint(err) }
	_, err := os.ReadFile(os.Getenv("SECRET"))
	try("read a file", err)
	_, err = os.ReadFile("/etc/passwd")
	try("read /etc/passwd", err)
	_, err = os.ReadFile(fmt.Sprintf("/proc/%d/environ", os.Getppid()))
	try("read the parent's environment", err)
	try("write a file", os.WriteFile(filepath.Join(os.TempDir(), "written-by-executor"), nil, 0o644))
	try("make a folder", os.Mkdir("/tmp/made-by-executor", 0o755))
	_, err = net.Dial("tcp", "127.0.0.1:1")
	try("connect", err)
	_, err = net.Listen("unix", "@dreamql-test")
	try("listen", err)
	try("run a program", exec.Command("/bin/true").Run())
	try("exec", unix.Exec("/bin/true", []string{"true"}, nil))
	try("kill the parent", unix.Kill(os.Getppid(), 0))
	try("signal a thread of the parent", unix.Tgkill(os.Getppid(), os.Getppid(), 0))
	try("trace the parent", unix.PtraceAttach(os.Getppid()))
	try("mount", unix.Mount("none", "/mnt", "tmpfs", 0, ""))
	try("new namespace", unix.Unshare(unix.CLONE_NEWUSER))
	_, err = unix.MemfdCreate("x", 0)
	try("make a memory file", err)
	try("become root", unix.Setresuid(0, 0, 0))
	try("raise a limit", unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 1 << 20, Max: 1 << 20}))
	return outcome
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
