package e2e_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// dataFolder is a data folder that an unprivileged PostgreSQL can reach.
func dataFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "dreamql-start-")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	must(t, os.Chmod(dir, 0o711))
	return filepath.Join(dir, "data")
}

// family are the processes below one, itself included.
func family(t *testing.T, pid int) []int {
	t.Helper()
	out, err := exec.Command("ps", "-eo", "pid=,ppid=").Output()
	must(t, err)
	children := map[int][]int{}
	for line := range strings.Lines(string(out)) {
		var child, parent int
		if _, err := fmt.Sscan(line, &child, &parent); err != nil {
			t.Fatal(err)
		}
		children[parent] = append(children[parent], child)
	}
	found := []int{pid}
	for i := 0; i < len(found); i++ {
		found = append(found, children[found[i]]...)
	}
	return found
}

// gone waits until none of the processes runs. A dead one that init has not buried yet runs no longer.
func gone(pids []int) error {
	return eventually(30*time.Second, func() error {
		for _, pid := range pids {
			state, err := exec.Command("ps", "-o", "stat=,args=", "-p", strconv.Itoa(pid)).Output()
			if err == nil && !strings.HasPrefix(string(state), "Z") {
				return fmt.Errorf("process %d still runs: %s", pid, state)
			}
		}
		return nil
	})
}

// TestNothingIsLeftBehind ends a server in every way there is, with one data folder. All that it started must end too, and the next
// start, at once, must find what was written.
func TestNothingIsLeftBehind(t *testing.T) {
	t.Parallel()
	data := dataFolder(t)
	var wrote []string
	for _, end := range []struct {
		name string
		end  func(p *process) error
	}{
		{"SIGTERM", func(p *process) error { return p.cmd.Process.Signal(syscall.SIGTERM) }},
		{"kill -9", func(p *process) error { return p.cmd.Process.Kill() }},
		{"Ctrl-C", func(p *process) error { return p.cmd.Process.Signal(os.Interrupt) }},
		{"kill -9 at once after the start", nil},
		{"kill -9 again", func(p *process) error { return p.cmd.Process.Kill() }},
	} {
		if end.end == nil {
			addr, err := freeAddr()
			must(t, err)
			p, err := launch([]string{"serve", "--samples=false"}, []string{"DREAMQL_ADDR=" + addr, "DREAMQL_DATA=" + data, "DREAMQL_TOKEN=" + token})
			must(t, err)
			must(t, eventually(30*time.Second, func() error {
				if len(family(t, p.cmd.Process.Pid)) < 2 {
					return errors.New("nothing was started")
				}
				return nil
			}))
			pids := family(t, p.cmd.Process.Pid)
			p.kill()
			must(t, gone(pids))
			continue
		}
		p, err := startServer(data, nil, "--samples=false")
		if err != nil {
			t.Fatalf("before %s: %v", end.name, err)
		}
		var list struct{ Items []struct{ Title string } }
		must(t, p.call("GET", "/api/v1/notebooks", nil, &list))
		titles := fmt.Sprint(list.Items)
		for _, title := range wrote {
			if !strings.Contains(titles, title) {
				t.Errorf("%q is lost before %s; there are %s", title, end.name, titles)
			}
		}
		must(t, p.call("POST", "/api/v1/notebooks", map[string]any{"title": "before " + end.name}, nil))
		wrote = append(wrote, "before "+end.name)
		pids := family(t, p.cmd.Process.Pid)
		if len(pids) < 3 {
			t.Errorf("the server has only the processes %v", pids)
		}
		must(t, end.end(p))
		if err := gone(pids); err != nil {
			t.Errorf("after %s: %v", end.name, err)
		}
		<-p.done
	}
}

// TestKilledServerIsFollowedAtOnce starts the next server without waiting for what a killed one has started.
func TestKilledServerIsFollowedAtOnce(t *testing.T) {
	t.Parallel()
	data := dataFolder(t)
	for range 3 {
		p, err := startServer(data, nil, "--samples=false")
		must(t, err)
		t.Cleanup(p.stop)
		p.kill()
	}
}

// TestEndsWithItsParent kills the program that started a server, as make run does.
func TestEndsWithItsParent(t *testing.T) {
	t.Parallel()
	addr, err := freeAddr()
	must(t, err)
	parent := exec.Command("sh", "-c", `"$0" serve --samples=false --stop-with-parent; exit $?`, binary())
	parent.Dir = ".."
	parent.Env = append(os.Environ(), "DREAMQL_ADDR="+addr, "DREAMQL_DATA="+dataFolder(t), "DREAMQL_TOKEN="+token)
	must(t, parent.Start())
	p := &process{url: "http://" + addr}
	must(t, eventually(time.Minute, p.healthy))
	pids := family(t, parent.Process.Pid)
	must(t, parent.Process.Kill())
	_ = parent.Wait()
	must(t, gone(pids))
}

// TestCannotStart gives the server what it cannot use. It must say what to do in one sentence, end with status 3, and leave nothing.
func TestCannotStart(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0") // accepts, and never answers
	must(t, err)
	t.Cleanup(func() { taken.Close() })
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o600))
	inUse := dataFolder(t)
	first, err := startServer(inUse, nil, "--samples=false", "--worker", "off")
	must(t, err)
	t.Cleanup(first.stop)
	for name, c := range map[string]struct {
		env  []string
		want string
	}{
		"port in use":           {[]string{"DREAMQL_ADDR=" + taken.Addr().String()}, "is in use by another program: stop it, or set DREAMQL_ADDR"},
		"address that is none":  {[]string{"DREAMQL_ADDR=nonsense"}, "use host:port, for example"},
		"data folder is a file": {[]string{"DREAMQL_DATA=" + file}, "is not a folder; set DREAMQL_DATA"},
		"data folder in use":    {[]string{"DREAMQL_DATA=" + inUse}, "another DreamQL server is using the data folder"},
		"PostgreSQL is away":    {[]string{"DATABASE_URL=postgres://someone:hunter2@127.0.0.1:1/db"}, "PostgreSQL at 127.0.0.1:1 cannot be used by someone with database db (connection refused); start it"},
		"PostgreSQL is silent":  {[]string{"DATABASE_URL=postgres://" + taken.Addr().String() + "/db?user=x"}, "no answer within 5s"},
		"DATABASE_URL is none":  {[]string{"DATABASE_URL=nonsense"}, "is not a PostgreSQL URL; write it like"},
		"Redis is away":         {[]string{"REDIS_URL=redis://:hunter2@127.0.0.1:1/0"}, "Redis at 127.0.0.1:1 does not answer (connection refused); start it"},
		"Redis is silent":       {[]string{"REDIS_URL=redis://" + taken.Addr().String()}, "no answer within 5s"},
		"REDIS_URL is none":     {[]string{"REDIS_URL=nonsense"}, "is not a Redis URL; write it like"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, append([]string{"DREAMQL_ADDR=127.0.0.1:0", "DREAMQL_DATA=" + dataFolder(t)}, c.env...), nil, c.want)
		})
	}
}

// refused starts a server that must refuse to start.
func refused(t *testing.T, env []string, as *syscall.SysProcAttr, want string) {
	t.Helper()
	cmd := exec.Command(binary(), "serve", "--samples=false")
	cmd.Dir = ".."
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}, env...)
	cmd.SysProcAttr = as
	type result struct {
		out []byte
		err error
	}
	ended := make(chan result, 1)
	go func() {
		out, err := cmd.CombinedOutput()
		ended <- result{out, err}
	}()
	var r result
	select {
	case r = <-ended:
	case <-time.After(30 * time.Second):
		if cmd.Process != nil {
			_ = cmd.Process.Kill()
		}
		r = <-ended
		t.Fatalf("it did not end:\n%s", r.out)
	}
	var exit *exec.ExitError
	if !errors.As(r.err, &exit) || exit.ExitCode() != 3 {
		t.Errorf("it ended with %v, not with status 3", r.err)
	}
	_, said, _ := strings.Cut("\n"+string(r.out), "\ndreamql: ")
	if !strings.Contains(said, want) || strings.Count(strings.TrimSpace(said), "\n") > 0 || strings.Contains(said, "hunter2") {
		t.Errorf("it said %q, which is not one sentence with %q", r.out, want)
	}
}

// TestFoldersThatCannotBeWritten needs root, who can mount small and read-only file systems.
func TestFoldersThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		t.Skip("mounting needs root on Linux")
	}
	mount := func(t *testing.T, options string) string {
		dir := filepath.Dir(dataFolder(t))
		if out, err := exec.Command("mount", "-t", "tmpfs", "-o", options+",mode=0711", "tmpfs", dir).CombinedOutput(); err != nil {
			t.Skipf("this machine mounts nothing: %s", out)
		}
		t.Cleanup(func() {
			if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
				t.Errorf("something still uses %s: %s", dir, out)
			}
		})
		return filepath.Join(dir, "data")
	}
	for options, want := range map[string]string{
		"ro":          "cannot be written to; make it writable for this user, or set DREAMQL_DATA",
		"size=512k":   "is full; free some space, or set DREAMQL_DATA",
		"size=2M":     "is full; free some space, or set DREAMQL_DATA", // fails in initdb
		"size=20M":    "is full; free some space, or set DREAMQL_DATA",
		"size=40000k": "is full; free some space, or set DREAMQL_DATA", // fails in the first migration
	} {
		t.Run(options, func(t *testing.T) {
			t.Parallel()
			refused(t, []string{"DREAMQL_ADDR=127.0.0.1:0", "DREAMQL_DATA=" + mount(t, options)}, nil, want)
		})
	}
	t.Run("as an ordinary user", func(t *testing.T) {
		t.Parallel()
		refused(t, []string{"DREAMQL_ADDR=127.0.0.1:0", "DREAMQL_DATA=/etc/dreamql"},
			&syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}, "cannot be written to")
	})
	t.Run("while it runs", func(t *testing.T) { t.Parallel(); fillWhileRunning(t, mount(t, "size=160M")) })
}

// fillWhileRunning fills the disk below a running server: what needs room fails, the server stays, and works again when there is room.
func fillWhileRunning(t *testing.T, data string) {
	p, err := startServer(data, nil, "--samples=false")
	must(t, err)
	defer p.stop()
	filler := filepath.Join(filepath.Dir(data), "filler")
	f, err := os.Create(filler)
	must(t, err)
	chunk := make([]byte, 1<<20)
	for err == nil {
		_, err = f.Write(chunk)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	must(t, f.Close())
	upload := func() error {
		body := strings.NewReader("n\n" + strings.Repeat("123456789\n", 100_000))
		req, err := http.NewRequest("POST", p.url+"/api/v1/datasets?name=filled&mode=replace&filename=n.csv", body)
		must(t, err)
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Content-Type", "application/octet-stream")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		answer, err := io.ReadAll(res.Body)
		if err == nil && res.StatusCode != http.StatusCreated {
			err = fmt.Errorf("%s: %s", res.Status, answer)
		}
		return err
	}
	if err := upload(); err == nil || !strings.Contains(err.Error(), "disk is full") {
		t.Errorf("an upload onto a full disk: %v", err)
	}
	must(t, os.Remove(filler))
	must(t, eventually(30*time.Second, upload))
}
