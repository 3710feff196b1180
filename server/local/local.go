// Package local starts the services that DreamQL needs when none are configured: a real PostgreSQL of its own, and a Redis (an
// installed redis-server, else one inside the process). Everything lives in the data folder and listens on unix sockets only.
//
// The services die with this process, however it ends. The package knows nothing of what is stored in them. To find
// Postgres in one more place, add a line to binaryFolders in postgres.go.
package local

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
)

// Config says where data is kept and which services are given. An empty URL means: start one.
type Config struct {
	DataDir     string
	DatabaseURL string
	RedisURL    string
	Log         *slog.Logger
}

// Services are the addresses to use, given or started.
type Services struct {
	DatabaseURL string
	RedisURL    string
	stops       []func()
	lock        *os.File
	ended       chan error
	closing     chan struct{}
}

// Ended receives a sentence when a service that was started here has ended without being asked to.
func (s *Services) Ended() <-chan error { return s.ended }

// watch tells of the end of a process.
func (s *Services) watch(name, log string, p *process) {
	closing := s.closing
	go func() {
		select {
		case <-closing:
		case <-p.done:
			select {
			case <-closing: // it was asked to
			case s.ended <- fmt.Errorf("%s ended by itself%s; start DreamQL again, nothing that was saved is lost", name, log):
			}
		}
	}()
}

// Start locks the data folder and starts what is not given. Errors are sentences for the person who started the program.
func Start(ctx context.Context, cfg Config) (*Services, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	s := &Services{DatabaseURL: cfg.DatabaseURL, RedisURL: cfg.RedisURL, ended: make(chan error), closing: make(chan struct{})}
	if err := prepare(cfg.DataDir); err != nil {
		return nil, err
	}
	var err error
	if s.lock, err = lock(cfg.DataDir); err != nil {
		return nil, err
	}
	if s.DatabaseURL == "" {
		pg, err := startPostgres(ctx, cfg.DataDir, cfg.Log)
		if err != nil {
			s.Close()
			return nil, err
		}
		s.stops = append(s.stops, pg.stop)
		s.DatabaseURL = pg.url
		s.watch("PostgreSQL", " (its log is "+pg.log+")", pg.process)
	}
	if s.RedisURL == "" {
		url, stop, p, err := startRedis(ctx, cfg.DataDir, cfg.Log)
		if err != nil {
			s.Close()
			return nil, err
		}
		s.stops = append(s.stops, stop)
		s.RedisURL = url
		if p != nil {
			s.watch("Redis", "", p)
		}
	}
	return s, nil
}

// Close stops what was started, last first, and waits for it.
func (s *Services) Close() {
	if s.closing != nil {
		close(s.closing)
		s.closing = nil
	}
	for i := len(s.stops) - 1; i >= 0; i-- {
		s.stops[i]()
	}
	s.stops = nil
	if s.lock != nil {
		s.lock.Close()
		s.lock = nil
	}
}

// DefaultDataDir is where data is kept unless DREAMQL_DATA says otherwise: /var/lib/dreamql for root, and the user's
// data folder ($XDG_DATA_HOME or ~/.local/share) for anyone else.
func DefaultDataDir() string {
	if os.Geteuid() == 0 {
		return "/var/lib/dreamql"
	}
	if d := os.Getenv("XDG_DATA_HOME"); d != "" {
		return filepath.Join(d, "dreamql")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return filepath.Join(os.TempDir(), fmt.Sprintf("dreamql-%d", os.Getuid()))
	}
	return filepath.Join(home, ".local", "share", "dreamql")
}

// prepare makes the data folder and proves that it can be written to, so that a full disk is told of here and not by the
// first service that trips over it.
func prepare(dir string) error {
	if !filepath.IsAbs(dir) {
		return fmt.Errorf("the data folder %q must be an absolute path; set DREAMQL_DATA to one", dir)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return folderError(dir, err)
	}
	probe := filepath.Join(dir, ".probe")
	err := os.WriteFile(probe, make([]byte, 1<<20), 0o600)
	os.Remove(probe)
	if err != nil {
		return folderError(dir, err)
	}
	return nil
}

// folderError says what to do about a data folder that cannot be used.
func folderError(dir string, err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("the disk that holds the data folder %s is full; free some space, or set DREAMQL_DATA to a folder on another disk", dir)
	case errors.Is(err, syscall.EROFS), errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("the data folder %s cannot be written to; make it writable for this user, or set DREAMQL_DATA to another folder", dir)
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, fs.ErrExist):
		return fmt.Errorf("the data folder %s is not a folder; set DREAMQL_DATA to another one", dir)
	}
	return fmt.Errorf("the data folder %s cannot be used: %w", dir, err)
}

// lock keeps a second server off the same data; the kernel lets go of it when the process ends.
func lock(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, folderError(dir, err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, fmt.Errorf("another DreamQL server is using the data folder %s; stop it, or set DREAMQL_DATA to another folder", dir)
	}
	return f, nil
}

// socketDir is a folder whose path is short enough for a unix socket (107 bytes): in the data folder where that fits, else one in
// the temporary folder that is named after it.
func socketDir(dir, name string) (string, error) {
	d := filepath.Join(dir, "run", name)
	if len(d)+len("/.s.PGSQL.5432.lock") > 100 {
		sum := sha256.Sum256([]byte(dir))
		d = filepath.Join(os.TempDir(), "dreamql-"+hex.EncodeToString(sum[:6]), name)
	}
	if err := os.MkdirAll(d, 0o700); err != nil {
		return "", folderError(d, err)
	}
	return d, nil
}
