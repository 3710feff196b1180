package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

const token = "journeys-owner-token-0123456789"

func binary() string {
	if b := os.Getenv("DREAMQL_BIN"); b != "" {
		return b
	}
	b, _ := filepath.Abs("../bin/dreamql")
	return b
}

// process is a server or worker that a test started.
type process struct {
	url  string
	cmd  *exec.Cmd
	log  *bytes.Buffer
	done chan struct{}
}

// freeAddr is an address on which nothing listens.
func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// launch starts the program with nothing of DreamQL's in its environment but env.
func launch(args, env []string) (*process, error) {
	p := &process{cmd: exec.Command(binary(), args...), log: &bytes.Buffer{}, done: make(chan struct{})}
	p.cmd.Dir = ".."
	p.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}, env...)
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { _ = p.cmd.Wait(); close(p.done) }()
	return p, nil
}

// startServer starts a server and waits until its sample data can be queried.
func startServer(data string, env []string, args ...string) (*process, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	p, err := launch(append([]string{"serve"}, args...), append(env, "DREAMQL_ADDR="+addr, "DREAMQL_DATA="+data, "DREAMQL_TOKEN="+token))
	if err != nil {
		return nil, err
	}
	p.url = "http://" + addr
	err = eventually(2*time.Minute, func() error {
		select {
		case <-p.done:
			return fatal{fmt.Errorf("the server ended: %s", p.log)}
		default:
		}
		return p.healthy()
	})
	if err != nil {
		p.stop()
		return nil, fmt.Errorf("%w\n%s", err, p.log)
	}
	return p, nil
}

func (p *process) healthy() error {
	res, err := http.Get(p.url + "/api/v1/health")
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("health: %s", res.Status)
	}
	return nil
}

func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(30 * time.Second):
		p.kill()
	}
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

// fatal ends eventually at once.
type fatal struct{ error }

// eventually waits for f to succeed, and returns its last error when it does not in time.
func eventually(limit time.Duration, f func() error) error {
	deadline := time.Now().Add(limit)
	for {
		err := f()
		if err == nil {
			return nil
		}
		if _, stop := err.(fatal); stop || time.Now().After(deadline) {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// call does a request with the token and decodes the JSON answer into out.
func (p *process) call(method, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, p.url+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s: %.2000s", method, path, res.Status, text)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(text, out)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
