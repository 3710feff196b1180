package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/dreamql/dreamql/engine/cluster"
)

// limits are what an operator grants to strangers' queries and functions, from the environment.
type limits struct {
	Time   time.Duration // of one part of a query
	CPU    time.Duration // processor time of one part
	Memory int64         // bytes of one executor process
	Files  int           // open files of one executor process
	Disk   int64         // bytes on disk of one part of a query, for what its memory does not hold
	Parts  int           // parts of the queries of one account at a time; 0: twice the slots of all workers
	Runs   int           // runs of one account at a time, on one server
	Check  time.Duration // of one example of a package that is to be published, its compilation included
}

// limitsHelp is the part of the help of serve and worker that names them.
const limitsHelp = `
  DREAMQL_LIMIT_TIME    how long a part of a query may take (default 10m)
  DREAMQL_LIMIT_CPU     processor time of a part of a query (default 20m)
  DREAMQL_LIMIT_MEMORY  memory of the process that executes it (default 4GiB, or less where the machine has little)
  DREAMQL_LIMIT_FILES   files that such a process may have open (default 1024)
  DREAMQL_LIMIT_DISK    disk for what a part of a query cannot hold in memory (default 16GiB)`

const serverLimitsHelp = limitsHelp + `
  DREAMQL_LIMIT_PARTS   parts of one account's queries at a time (default twice the slots of all workers)
  DREAMQL_LIMIT_RUNS    runs of one account at a time (default 64)
  DREAMQL_LIMIT_CHECK   how long one example of a package may take when it is published (default 30s)`

// limitsFrom reads the environment; slots is how many tasks a worker here would do at a time.
func limitsFrom(env func(string) string, slots int) (limits, error) {
	l := limits{Time: 10 * time.Minute, CPU: 20 * time.Minute, Memory: executorMemory(slots), Files: 1024, Disk: 16 << 30, Runs: 64, Check: 30 * time.Second}
	for _, v := range []struct {
		name string
		set  func(string) error
	}{
		{"TIME", duration(&l.Time)}, {"CPU", duration(&l.CPU)}, {"CHECK", duration(&l.Check)},
		{"FILES", number(&l.Files, 64)}, {"PARTS", number(&l.Parts, 1)}, {"RUNS", number(&l.Runs, 1)},
		{"MEMORY", func(s string) (err error) {
			if l.Memory, err = parseSize(s); err != nil || l.Memory < 256<<20 {
				err = fmt.Errorf("it is no size of at least 256MiB; write it as 2GiB")
			}
			return err
		}},
		{"DISK", func(s string) (err error) {
			if l.Disk, err = parseSize(s); err != nil || l.Disk < 1<<20 {
				err = fmt.Errorf("it is no size of at least 1MiB; write it as 16GiB")
			}
			return err
		}},
	} {
		name := "DREAMQL_LIMIT_" + v.name
		if s := env(name); s != "" {
			if err := v.set(s); err != nil {
				return l, &exitError{exitUsage, fmt.Errorf("%s=%.40s: %w", name, s, err)}
			}
		}
	}
	return l, nil
}

func duration(to *time.Duration) func(string) error {
	return func(s string) error {
		d, err := time.ParseDuration(s)
		if err != nil || d < 100*time.Millisecond {
			return fmt.Errorf("it is no time of at least 100ms; write it as 30s or 10m")
		}
		*to = d
		return nil
	}
}

func number(to *int, least int) func(string) error {
	return func(s string) error {
		n, err := strconv.Atoi(s)
		if err != nil || n < least || n > 1<<20 {
			return fmt.Errorf("it is no whole number from %d on", least)
		}
		*to = n
		return nil
	}
}

// executorMemory is what an executor may use: 4 GiB, or so much that those of one account, who has twice the slots, fit the machine.
func executorMemory(slots int) int64 {
	const most, least = 4 << 30, 512 << 20
	total := memoryOfMachine()
	if total == 0 {
		return most
	}
	return min(max(total/int64(2*slots), least), most)
}

// within are the bounds for a cluster's tasks.
func (l limits) within() cluster.Limits { return cluster.Limits{Time: l.Time, CPU: l.CPU} }

// missingWalls says what of the sandbox this machine's kernel lacks, in one line; "" when nothing.
func missingWalls(seccomp bool, landlock int) string {
	switch {
	case !seccomp && landlock == 0:
		return "this kernel has neither seccomp nor Landlock: executors cannot be shut in, and functions do not run here"
	case !seccomp:
		return "this kernel has no seccomp: executors cannot be shut in, and functions do not run here"
	case landlock == 0:
		return "this kernel has no Landlock: executors open no file at all after their start, and native Python is refused unless the operator insists"
	}
	return ""
}
