package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// ErrNoPostgres is returned when no PostgreSQL is found.
var ErrNoPostgres = errors.New("no PostgreSQL was found: install one (on Debian: apt-get install postgresql), run npm ci in the project's folder, or set DATABASE_URL to a server that runs already")

const databaseUser = "dreamql"

type postgres struct {
	url     string
	log     string // path
	process *process
}

// startPostgres makes a database cluster in the data folder, if there is none of the binaries' major version, and runs it.
func startPostgres(ctx context.Context, dataDir string, log *slog.Logger) (*postgres, error) {
	owner, err := serviceOwner()
	if err != nil {
		return nil, err
	}
	home, err := owner.home(dataDir)
	if err != nil {
		return nil, err
	}
	bin, err := findPostgres(ctx, owner, home)
	if err != nil {
		return nil, err
	}
	data := filepath.Join(home, "postgres-"+bin.major)
	socket, err := socketDir(home, "postgres")
	if err != nil {
		return nil, err
	}
	for _, d := range []string{data, socket} {
		if err := owner.give(d); err != nil {
			return nil, folderError(d, err)
		}
	}
	if _, err := os.Stat(filepath.Join(data, "PG_VERSION")); err != nil {
		log.Info("making the database", "folder", data, "postgres", bin.major)
		if err := bin.initdb(ctx, owner, data); err != nil {
			return nil, err
		}
	}
	return bin.run(ctx, owner, data, socket)
}

// binaries is the folder of one PostgreSQL installation.
type binaries struct {
	folder string
	major  string
}

// binaryFolders are the places to look at, best first.
func binaryFolders() []string {
	var out []string
	if p, err := exec.LookPath("postgres"); err == nil {
		if p, err = filepath.EvalSymlinks(p); err == nil {
			out = append(out, filepath.Dir(p))
		}
	}
	patterns := []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin", "/usr/local/opt/postgresql*/bin"}
	for _, root := range nodeModules() {
		patterns = append(patterns, filepath.Join(root, "@embedded-postgres", "*", "native", "bin"))
	}
	for _, p := range patterns {
		m, _ := filepath.Glob(p)
		for i := len(m) - 1; i >= 0; i-- { // the newest version first
			out = append(out, m[i])
		}
	}
	return out
}

// nodeModules are the folders in which npm may have put binaries: below the working folder, and beside the program or above it.
func nodeModules() []string {
	var out []string
	if wd, err := os.Getwd(); err == nil {
		out = append(out, filepath.Join(wd, "node_modules"))
	}
	if exe, err := os.Executable(); err == nil {
		dir := filepath.Dir(exe)
		out = append(out, filepath.Join(dir, "node_modules"), filepath.Join(filepath.Dir(dir), "node_modules"))
	}
	return out
}

var versionOf = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

func findPostgres(ctx context.Context, owner owner, home string) (binaries, error) {
	for _, folder := range binaryFolders() {
		if !isFile(filepath.Join(folder, "postgres")) || !isFile(filepath.Join(folder, "initdb")) {
			continue
		}
		if strings.Contains(folder, "@embedded-postgres") {
			if err := linkLibraries(filepath.Dir(folder)); err != nil {
				continue
			}
			if !owner.canReach(folder) {
				copied, err := copyBinaries(filepath.Dir(folder), home)
				if err != nil {
					return binaries{}, err
				}
				folder = copied
			}
		}
		out, err := owner.command(ctx, folder, "postgres", "--version").Output()
		if m := versionOf.FindSubmatch(out); err == nil && m != nil {
			return binaries{folder, string(m[1])}, nil
		}
	}
	return binaries{}, ErrNoPostgres
}

func isFile(path string) bool {
	fi, err := os.Stat(path)
	return err == nil && fi.Mode().IsRegular()
}

func (b binaries) initdb(ctx context.Context, owner owner, data string) error {
	cmd := owner.command(ctx, b.folder, "initdb", "-D", data, "-U", databaseUser, "-A", "trust", "-E", "UTF8", "--locale=C")
	out, err := cmd.CombinedOutput()
	if err == nil {
		return nil
	}
	os.RemoveAll(data)
	if bytes.Contains(out, []byte("No space left")) {
		return folderError(data, syscall.ENOSPC)
	}
	return fmt.Errorf("PostgreSQL could not make its files in %s: %s", data, lastLines(out))
}

func lastLines(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return strings.Join(lines[max(0, len(lines)-3):], "; ")
}

// run starts the server and waits until it answers. What a killed predecessor left may still be ending: it is waited for.
func (b binaries) run(ctx context.Context, owner owner, data, socket string) (*postgres, error) {
	deadline := time.Now().Add(15 * time.Second)
	endPredecessor(ctx, data, deadline)
	for {
		pg, log, err := b.start(ctx, owner, data, socket)
		switch {
		case err == nil:
			return pg, nil
		case bytes.Contains(log, []byte("No space left")):
			return nil, folderError(data, syscall.ENOSPC)
		case bytes.Contains(log, []byte("Read-only file system")):
			return nil, folderError(data, syscall.EROFS)
		case !bytes.Contains(log, []byte("already exists")) && !bytes.Contains(log, []byte("still in use")):
			return nil, fmt.Errorf("PostgreSQL did not start: %w: %s", err, lastLines(log))
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case time.Now().After(deadline):
			return nil, fmt.Errorf("a PostgreSQL still runs in %s; end it, then start DreamQL again: %s", data, lastLines(log))
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// endPredecessor ends the server of a DreamQL that was killed. The data folder's lock is ours, so nobody else uses it.
func endPredecessor(ctx context.Context, data string, deadline time.Time) {
	text, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		return
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil || pid <= 1 {
		return
	}
	for strings.Contains(commandLine(pid), data) && time.Now().Before(deadline) && ctx.Err() == nil {
		_ = syscall.Kill(pid, syscall.SIGQUIT)
		time.Sleep(10 * time.Millisecond)
	}
}

// start starts the server once; when it fails, its log says why. Pdeathsig SIGQUIT makes it stop at once, and all its processes with
// it, when this process dies; the next start recovers from its log.
func (b binaries) start(ctx context.Context, owner owner, data, socket string) (*postgres, []byte, error) {
	logFile, err := os.OpenFile(filepath.Join(filepath.Dir(data), "postgres.log"), os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return nil, nil, folderError(data, err)
	}
	defer logFile.Close()
	cmd := owner.command(context.WithoutCancel(ctx), b.folder, "postgres", "-D", data, "-k", socket,
		"-c", "listen_addresses=", "-c", "unix_socket_permissions=0700", "-c", "shared_buffers=64MB", "-c", "max_connections=60",
		"-c", "wal_level=minimal", "-c", "max_wal_senders=0", "-c", "logging_collector=off", "-c", "dynamic_shared_memory_type=posix")
	cmd.Stdout, cmd.Stderr = logFile, logFile
	p, err := startProcess(cmd, syscall.SIGQUIT)
	if err != nil {
		return nil, nil, fmt.Errorf("PostgreSQL in %s could not be started: %w", b.folder, err)
	}
	pg := &postgres{process: p, log: logFile.Name(), url: (&url.URL{
		Scheme: "postgres", User: url.User(databaseUser), Path: "/postgres",
		RawQuery: url.Values{"host": {socket}, "sslmode": {"disable"}}.Encode(),
	}).String()}
	if err := pg.wait(ctx); err != nil {
		pg.stop()
		text, _ := os.ReadFile(logFile.Name())
		return nil, text, err
	}
	return pg, nil, nil
}

func (pg *postgres) wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, pg.url)
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-pg.process.done:
			return errors.New("it ended while starting")
		case <-ctx.Done():
			return fmt.Errorf("it did not answer: %w", err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// stop ends the server: sessions are cut, data is flushed.
func (pg *postgres) stop() { pg.process.stop(syscall.SIGINT, 20*time.Second) }
