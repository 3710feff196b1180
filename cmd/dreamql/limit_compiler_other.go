//go:build !linux

package main

import "syscall"

// limitCompiler leaves the bound to the time that the worker gives.
func limitCompiler() error { return nil }

func asideAttributes() *syscall.SysProcAttr { return nil }
