// Command memory runs programs with a memory limit and without, each in a process of its own, and compares the rows. Of every program it
// tells what the engine held, what went to disk instead, and the most that the process had in memory: all of it, and that without
// the pages of mapped files, which the system takes back when it needs them. It fails where rows differ, or a program fails.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

func main() {
	c := &check{}
	flag.StringVar(&c.binary, "binary", "bin/dreamql", "the program")
	flag.StringVar(&c.limit, "memory", "256MB", "the limit")
	flag.StringVar(&c.threads, "threads", "2", "how many")
	data := flag.String("data", ".corpora/tpch1", "a folder of tables: files, or folders of files")
	queries := flag.String("queries", "e2e/corpora/tpch/*.dql", "the programs")
	only := flag.String("only", "", "a part of the name of those to run")
	flag.Parse()
	if err := c.run(*data, *queries, *only); err != nil {
		fmt.Fprintln(os.Stderr, "memory:", err)
		os.Exit(1)
	}
}

type check struct {
	binary, limit, threads string
	data                   []string // flags
}

// ran is what one process did.
type ran struct {
	rows     []byte
	resident int64 // bytes, at most
	anon     int64 // of them, not of files
	stats    struct {
		ExecMS    float64 `json:"exec_ms"`
		PeakBytes int64   `json:"peak_bytes"`
		Spilled   int64   `json:"spilled_bytes"`
	}
}

func (c *check) run(data, queries, only string) error {
	tables, err := filepath.Glob(filepath.Join(data, "[^.]*"))
	if err != nil {
		return err
	}
	for _, path := range tables {
		name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
		if stat, err := os.Stat(path); err == nil && stat.IsDir() {
			path = filepath.Join(path, "*.parquet")
		}
		c.data = append(c.data, "--data", name+"="+path)
	}
	programs, err := filepath.Glob(queries)
	if err != nil || len(programs) == 0 || len(tables) == 0 {
		return fmt.Errorf("there are %d programs at %s and %d tables in %s", len(programs), queries, len(tables), data)
	}
	for _, path := range tables { // so that no program's process imports
		name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
		if _, err := c.process("", "-e", name+" -> agg { n: count() }"); err != nil {
			return fmt.Errorf("importing %s: %w", name, err)
		}
	}
	fmt.Printf("| program | held, no limit | held, %s | to disk | resident | resident, without files | ms, no limit | ms, %s | rows |\n", c.limit, c.limit)
	fmt.Println("|---|---|---|---|---|---|---|---|---|")
	var wrong []string
	for _, program := range programs {
		name := strings.TrimSuffix(filepath.Base(program), ".dql")
		if !strings.Contains(name, only) {
			continue
		}
		free, err := c.process("", program)
		if err != nil {
			return fmt.Errorf("%s without a limit: %w", name, err)
		}
		bound, err := c.process(c.limit, program)
		verdict := "same"
		switch {
		case err != nil:
			verdict = "fails"
			fmt.Fprintf(os.Stderr, "%s with %s: %v\n", name, c.limit, err)
		case !bytes.Equal(free.rows, bound.rows):
			verdict = "differ"
		}
		if verdict != "same" {
			wrong = append(wrong, name)
		}
		fmt.Printf("| %s | %s | %s | %s | %s | %s | %.0f | %.0f | %s |\n", name, megabytes(free.stats.PeakBytes), megabytes(bound.stats.PeakBytes),
			megabytes(bound.stats.Spilled), megabytes(bound.resident), megabytes(bound.anon), free.stats.ExecMS, bound.stats.ExecMS, verdict)
	}
	if len(wrong) > 0 {
		return fmt.Errorf("%s: not the same rows with %s as without a limit", strings.Join(wrong, ", "), c.limit)
	}
	return nil
}

// process runs a program in a process of its own; no limit is "".
func (c *check) process(limit string, program ...string) (ran, error) {
	args := append([]string{"query"}, program...)
	args = append(append(args, c.data...), "--format", "ndjson", "--stats", "--threads", c.threads)
	if limit != "" {
		args = append(args, "--memory", limit)
	}
	var out ran
	var rows, said bytes.Buffer
	cmd := exec.Command(c.binary, args...)
	cmd.Stdout, cmd.Stderr = &rows, &said
	if err := cmd.Start(); err != nil {
		return out, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case err := <-ended:
			out.rows = rows.Bytes()
			if err != nil {
				return out, fmt.Errorf("%w\n%s", err, said.Bytes())
			}
			line := said.Bytes()[bytes.LastIndexByte(bytes.TrimSpace(said.Bytes()), '\n')+1:]
			return out, json.Unmarshal(line, &out.stats)
		case <-time.After(5 * time.Millisecond):
			out.resident = max(out.resident, status(cmd.Process.Pid, "VmHWM:"))
			out.anon = max(out.anon, status(cmd.Process.Pid, "RssAnon:"))
		}
	}
}

// status is a figure that Linux gives of a process, in bytes; 0 elsewhere.
func status(pid int, name string) int64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	var kb int64
	if _, rest, ok := strings.Cut(string(text), name); ok {
		fmt.Sscan(rest, &kb)
	}
	return kb << 10
}

func megabytes(n int64) string { return fmt.Sprintf("%.0f MB", float64(n)/(1<<20)) }
