package local

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
)

// folder is a data folder that an unprivileged PostgreSQL can reach.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "dreamql-local-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func query(t *testing.T, url, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var s string
	if err := conn.QueryRow(context.Background(), sql).Scan(&s); err != nil {
		t.Fatal(err)
	}
	return s
}

func execute(t *testing.T, url, sql string) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(context.Background(), sql); err != nil {
		t.Fatal(err)
	}
}

func TestDataIsThereAtTheNextStart(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	ctx := context.Background()
	for round := range 2 {
		s, err := Start(ctx, Config{DataDir: dir})
		if err != nil {
			t.Fatal(err)
		}
		opt, err := redis.ParseURL(s.RedisURL)
		if err != nil {
			t.Fatal(err)
		}
		client := redis.NewClient(opt)
		if err := client.Ping(ctx).Err(); err != nil {
			t.Error(err)
		}
		client.Close()
		if round == 0 {
			execute(t, s.DatabaseURL, "CREATE TABLE kept AS SELECT 'yes' AS v")
		} else if v := query(t, s.DatabaseURL, "SELECT v FROM kept"); v != "yes" {
			t.Errorf("kept %q", v)
		}
		s.Close()
	}
}

func TestTwoServersCannotShareAFolder(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	given := Config{DataDir: dir, DatabaseURL: "given", RedisURL: "given"}
	s, err := Start(context.Background(), given)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := Start(context.Background(), given); err == nil || !strings.Contains(err.Error(), "another DreamQL server is using") {
		t.Errorf("the second start says %v", err)
	}
}

func TestFoldersThatCannotBeUsedAreExplained(t *testing.T) {
	t.Parallel()
	file := filepath.Join(folder(t), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct{ dir, want string }{
		"a file":        {file, "is not a folder"},
		"below a file":  {filepath.Join(file, "x"), "is not a folder"},
		"read-only":     {"/proc/dreamql", "cannot be used"},
		"relative":      {"data", "must be an absolute path"},
		"a full device": {"/dev/full/x", "is not a folder"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := Start(context.Background(), Config{DataDir: c.dir, DatabaseURL: "given", RedisURL: "given"})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	for _, c := range []struct {
		err  error
		want string
	}{{syscall.ENOSPC, "is full"}, {syscall.EROFS, "cannot be written to"}, {syscall.EACCES, "cannot be written to"}} {
		if got := folderError("/data", c.err).Error(); !strings.Contains(got, c.want) {
			t.Errorf("%v: %s", c.err, got)
		}
	}
}

// TestKilledParentLeavesNothing starts the services in a process of their own, kills it, and waits until both are gone.
func TestKilledParentLeavesNothing(t *testing.T) {
	t.Parallel()
	if dir := os.Getenv("DREAMQL_TEST_PARENT"); dir != "" {
		if _, err := Start(context.Background(), Config{DataDir: dir}); err != nil {
			t.Fatal(err)
		}
		os.Stdout.WriteString("started\n")
		select {}
	}
	dir := folder(t)
	cmd := exec.Command(os.Args[0], "-test.run=^TestKilledParentLeavesNothing$")
	cmd.Env = append(os.Environ(), "DREAMQL_TEST_PARENT="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 64)
	if n, _ := out.Read(buf); !strings.HasPrefix(string(buf[:n]), "started") {
		t.Fatalf("the child said %q", buf[:n])
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	deadline := time.Now().Add(20 * time.Second)
	for {
		left, _ := exec.Command("pgrep", "-f", dir).Output()
		if len(strings.TrimSpace(string(left))) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("still running: %s", left)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func TestAServiceThatDiesIsToldOf(t *testing.T) {
	t.Parallel()
	s, err := Start(context.Background(), Config{DataDir: folder(t), RedisURL: "given"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	pid, err := strconv.Atoi(query(t, s.DatabaseURL, "SELECT split_part(pg_read_file('postmaster.pid'), chr(10), 1)"))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-s.Ended():
		if !strings.Contains(err.Error(), "PostgreSQL ended by itself") {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Error("nobody was told")
	}
}
