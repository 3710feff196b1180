// Command dreamql is DreamQL: the server and its workers, the engine on the command line, and the tools for packages.
//
// Each subcommand is a file with a constructor, named in root.go. This package only wires: what a command does belongs
// to the package that it calls.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"
)

// Exit statuses, as scripts rely on them.
const (
	exitQuery = 1 // the query is wrong
	exitUsage = 2 // the command line is wrong
	exitRun   = 3 // something failed while running
)

// exitError ends the program with a status. A nil err means that everything has been said.
type exitError struct {
	status int
	err    error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

func usageError(format string, args ...any) error {
	return &exitError{exitUsage, fmt.Errorf(format, args...)}
}

func main() {
	ends := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as nohup does, for what is to outlive its terminal
		ends = append(ends, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), ends...)
	context.AfterFunc(ctx, stop) // the first signal asks for an orderly end; a second one ends at once
	os.Exit(run(ctx, os.Args[1:]))
}

func run(ctx context.Context, args []string) int {
	root := newRootCommand()
	root.SetArgs(args)
	if len(args) > 0 && slices.Contains([]string{"query", "explain", "serve", "worker", "notebook"}, args[0]) { // those that plan
		if err := loadCosts(); err != nil {
			fmt.Fprintln(os.Stderr, "dreamql:", err)
		}
	}
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	status := exitRun
	var exit *exitError
	if errors.As(err, &exit) {
		status = exit.status
	}
	if err.Error() != "" {
		fmt.Fprintln(os.Stderr, "dreamql:", err)
	}
	return status
}
