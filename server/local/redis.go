package local

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

// startRedis runs an installed redis-server on a unix socket, with its append-only file in the data folder; where none is
// installed, one inside this process, which is enough because nothing is lost with it.
func startRedis(ctx context.Context, dataDir string, log *slog.Logger) (url string, stop func(), p *process, err error) {
	bin, err := exec.LookPath("redis-server")
	if err != nil {
		log.Info("no redis-server is installed; using one inside this process")
		url, stop, err = startInProcess()
		return url, stop, nil, err
	}
	data := filepath.Join(dataDir, "redis")
	if err := os.MkdirAll(data, 0o700); err != nil {
		return "", nil, nil, folderError(data, err)
	}
	dir, err := socketDir(dataDir, "redis")
	if err != nil {
		return "", nil, nil, err
	}
	socket := filepath.Join(dir, "redis.sock")
	cmd := exec.Command(bin, "--port", "0", "--unixsocket", socket, "--unixsocketperm", "700", "--dir", data,
		"--appendonly", "yes", "--save", "", "--daemonize", "no", "--loglevel", "warning")
	cmd.Env = []string{"PATH=/usr/bin:/bin"}
	cmd.Dir = data
	p, err = startProcess(cmd, syscall.SIGKILL)
	if err != nil {
		return "", nil, nil, fmt.Errorf("%s could not be started: %w; set REDIS_URL to a server that runs already", bin, err)
	}
	stop = func() { p.stop(syscall.SIGTERM, 10*time.Second) }
	if err := waitForRedis(ctx, socket, p); err != nil {
		stop()
		return "", nil, nil, fmt.Errorf("redis-server did not start in %s: %w; set REDIS_URL to a server that runs already", data, err)
	}
	return "unix://" + socket, stop, p, nil
}

func waitForRedis(ctx context.Context, socket string, p *process) error {
	client := redis.NewClient(&redis.Options{Network: "unix", Addr: socket, MaxRetries: -1})
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	for {
		err := client.Ping(ctx).Err()
		if err == nil {
			return nil
		}
		select {
		case <-p.done:
			return errors.New("it ended while starting")
		case <-ctx.Done():
			return err
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// startInProcess runs a Redis in this process. Its keys do not expire by themselves, so a ticker moves its clock on.
func startInProcess() (string, func(), error) {
	m := miniredis.NewMiniRedis()
	if err := m.Start(); err != nil {
		return "", nil, fmt.Errorf("a Redis inside this process could not listen on 127.0.0.1: %w", err)
	}
	const tick = 250 * time.Millisecond
	done := make(chan struct{})
	go func() {
		t := time.NewTicker(tick)
		defer t.Stop()
		for {
			select {
			case <-t.C:
				m.FastForward(tick)
			case <-done:
				return
			}
		}
	}()
	return "redis://" + m.Addr(), func() { close(done); m.Close() }, nil
}
