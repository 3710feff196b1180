package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

const vega = "node_modules/vega-datasets/data/"

// prepare makes what is missing of the data that the wanted queries read: a folder each, which appears whole or not at all.
func (b *bench) prepare() error {
	var err error
	if b.dir, err = filepath.Abs(b.dir); err != nil {
		return err
	}
	var needed []string
	for _, s := range sets {
		if b.set != "" && b.set != s.name {
			continue
		}
		for _, name := range b.wanted(s) {
			q, err := load(name)
			if err != nil {
				return err
			}
			if !slices.Contains(needed, q.data) {
				needed = append(needed, q.data)
			}
		}
	}
	for _, name := range needed {
		if err := b.prepareData(name); err != nil {
			return fmt.Errorf("making the data %s: %w", name, err)
		}
		if err := b.importSegments(name); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) prepareData(name string) error {
	dir := filepath.Join(b.dir, name)
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if b.python == "" {
		return fmt.Errorf("it takes DuckDB from PyPI, which is not installed; scripts/bench-engine does that")
	}
	fmt.Fprintf(os.Stderr, "» making the data of %s (once)\n", name)
	if err := os.MkdirAll(b.dir, 0o755); err != nil {
		return err
	}
	work, err := os.MkdirTemp(b.dir, ".new-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	cmd := exec.Command(b.python, "bench/engine/peers/prepare.py", name, work, vega+"flights-3m.parquet", vega+"airports.csv")
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return err
	}
	return os.Rename(work, dir)
}

// importSegments imports tables in a process of its own, so that the measured ones do not: what an import takes is not theirs.
func (b *bench) importSegments(name string) error {
	for _, t := range tables[name] {
		cmd := exec.Command(b.binary, "query", "-e", t+" -> agg { n: count() }", "--data", b.table(name, t))
		cmd.Env = b.environment()
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("importing %s: %w\n%s", t, err, out)
		}
	}
	return nil
}

func (b *bench) table(data, name string) string {
	return name + "=" + filepath.Join(b.dir, data, name+".parquet")
}

// environment is this process's, with a cache of segments that is the benchmark's own.
func (b *bench) environment() []string {
	kept := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "XDG_CACHE_HOME=") })
	return append(kept, "XDG_CACHE_HOME="+filepath.Join(b.dir, "cache"))
}
