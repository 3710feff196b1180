package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dreamql/dreamql/registry"
	"github.com/dreamql/dreamql/registry/templates"
	"github.com/dreamql/dreamql/registry/toolchain"
)

func newPackageCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "package",
		Short: "Make, build and test a package of functions",
		Example: `  dreamql package init --template rust acme/geo     a folder geo with a package that works
  dreamql package test geo                          run its examples
  dreamql publish geo                               to the server in DREAMQL_URL`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newPackageInitCommand(), newPackageBuildCommand(), newPackageTestCommand(), newPackagePackCommand(), newPackageWarmCommand())
	return cmd
}

func newPackageInitCommand() *cobra.Command {
	var template string
	var names, docs []string
	for _, t := range templates.All {
		names = append(names, t.Name)
		docs = append(docs, fmt.Sprintf("  %-15s %s", t.Name, t.Doc))
	}
	cmd := &cobra.Command{
		Use:   "init [SCOPE/]NAME",
		Short: "Start a package from a template",
		Long: "Makes a folder with a small package that passes `dreamql package test` and can be published as it is. Without a\n" +
			"SCOPE, your user name is the scope.\n\nTemplates:\n" + strings.Join(docs, "\n"),
		Example: `  dreamql package init --template rust acme/geo
  dreamql package init --template python words`,
		Args: oneArg("the package's name, as in acme/geo"),
		RunE: func(cmd *cobra.Command, args []string) error {
			scope, name, err := packageName(args[0])
			if err != nil {
				return usageError("%w", err)
			}
			files, err := templates.Files(template, scope, name)
			if err != nil {
				return usageError("%w", err)
			}
			if err := writePackage(name, files); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s/%s is in the folder %s. Next:\n  dreamql package test %s\n  dreamql publish %s\n", scope, name, name, name, name)
			return nil
		},
	}
	cmd.Flags().StringVar(&template, "template", "dreamql", "one of "+strings.Join(names, ", "))
	return cmd
}

// packageName takes "scope/name", or a name alone, whose scope is the user.
func packageName(s string) (scope, name string, err error) {
	if strings.Contains(s, "/") {
		return registry.SplitName(s)
	}
	login := os.Getenv("USER")
	if u, err := user.Current(); err == nil {
		login = u.Username
	}
	scope = strings.Trim(strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToLower(login)), "_")
	if registry.CheckScope(scope) != nil {
		scope = "me"
	}
	return scope, s, nil
}

// writePackage writes a new package; modules last, so that they are newer than their sources.
func writePackage(dir string, files map[string][]byte) error {
	entries, err := os.ReadDir(dir)
	if err == nil && len(entries) > 0 {
		return usageError("the folder %s is there already and not empty; choose another name or remove it", dir)
	}
	for _, modules := range []bool{false, true} {
		for name, data := range files {
			if strings.HasSuffix(name, ".wasm") != modules {
				continue
			}
			path := filepath.Join(dir, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				return fileError(path, err)
			}
			if err := os.WriteFile(path, data, 0o644); err != nil {
				return fileError(path, err)
			}
		}
	}
	return nil
}

func newPackageBuildCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "build [DIR]",
		Short: "Compile a package's WebAssembly modules",
		Long: `Compiles each module that dreamql.toml names from the source of the same name beside it: functions.wasm from
functions.rs, functions.c, functions.ts or functions.go. The compilers are those of this machine; a missing one is named, with how to get it.`,
		Example: "  dreamql package build geo",
		Args:    maxArgs(1, "at most one folder"),
		RunE: func(cmd *cobra.Command, args []string) error {
			targets, err := toolchain.Targets(folder(args))
			if err != nil {
				return packageError(err)
			}
			if len(targets) == 0 {
				fmt.Fprintln(cmd.OutOrStdout(), "There is nothing to build: no module of this package has a source beside it.")
			}
			for _, t := range targets {
				if err := t.Build(cmd.Context()); err != nil {
					return packageError(err)
				}
				fmt.Fprintf(cmd.OutOrStdout(), "built %s from %s\n", t.Module, t.Source)
			}
			return nil
		},
	}
}

func newPackageTestCommand() *cobra.Command {
	var limit time.Duration
	cmd := &cobra.Command{
		Use:   "test [DIR]",
		Short: "Validate a package and run its examples",
		Long: `Builds what is out of date, validates dreamql.toml, loads every module and runs every example, as the server will when
the package is published.`,
		Example: "  dreamql package test geo",
		Args:    maxArgs(1, "at most one folder"),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := loadFresh(cmd, folder(args))
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), limit)
			defer cancel()
			checks, notes, err := checkLocally(ctx, p)
			if err != nil {
				return err
			}
			failed := 0
			for _, c := range checks {
				if c.OK {
					fmt.Fprintf(cmd.OutOrStdout(), "ok    %s\n", c.Name)
					continue
				}
				failed++
				fmt.Fprintf(cmd.OutOrStdout(), "FAIL  %s\n      %s\n", c.Name, strings.ReplaceAll(strings.TrimSpace(c.Message), "\n", "\n      "))
			}
			for _, n := range notes {
				fmt.Fprintf(cmd.OutOrStdout(), "note  %s\n", n)
			}
			if failed > 0 {
				return &exitError{exitQuery, fmt.Errorf("%d of %d examples of %s failed", failed, len(checks), p.Ref())}
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s: %s, %s\n", p.Ref(), count(len(p.Functions), "function"), count(len(checks), "example"))
			return nil
		},
	}
	cmd.Flags().DurationVar(&limit, "timeout", 2*time.Minute, "how long all examples together may take")
	return cmd
}

func newPackagePackCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:     "pack [DIR]",
		Short:   "Write the archive that publish would send",
		Long:    "Writes the package as a .tar.gz. Equal files always give equal bytes, so that the digest can be checked by anyone.",
		Example: "  dreamql package pack geo -o geo.tar.gz",
		Args:    maxArgs(1, "at most one folder"),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := loadFresh(cmd, folder(args))
			if err != nil {
				return err
			}
			if out == "" {
				out = fmt.Sprintf("%s-%s-%s.tar.gz", p.Ref().Scope, p.Ref().Name, p.Ref().Version)
			}
			if err := os.WriteFile(out, p.Archive, 0o644); err != nil {
				return fileError(out, err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s  %s\n", p.Digest, out)
			return nil
		},
	}
	cmd.Flags().StringVarP(&out, "output", "o", "", "the file to write; SCOPE-NAME-VERSION.tar.gz by default")
	return cmd
}

// loadFresh builds what is out of date and loads the package. A module that cannot be rebuilt here is used as it is.
func loadFresh(cmd *cobra.Command, dir string) (*registry.Package, error) {
	targets, err := toolchain.Targets(dir)
	if err != nil {
		return nil, packageError(err)
	}
	for _, t := range targets {
		if !t.Stale() {
			continue
		}
		err := t.Build(cmd.Context())
		switch {
		case err == nil:
			fmt.Fprintf(cmd.ErrOrStderr(), "built %s from %s\n", t.Module, t.Source)
		case errors.Is(err, toolchain.ErrMissing) && t.Exists():
			fmt.Fprintf(cmd.ErrOrStderr(), "%s is older than %s and is used as it is: %s\n", t.Module, t.Source, err)
		default:
			return nil, packageError(err)
		}
	}
	p, err := registry.LoadDir(dir)
	if err != nil {
		return nil, packageError(err)
	}
	return p, nil
}

// packageError is for what the author of a package can mend.
func packageError(err error) error { return &exitError{exitQuery, err} }

func folder(args []string) string {
	if len(args) == 0 {
		return "."
	}
	return args[0]
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// oneArg is cobra.ExactArgs(1) with a sentence that people understand.
func oneArg(what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) != 1 {
			return fmt.Errorf("expected one argument, %s", what)
		}
		return nil
	}
}
