package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/python/native"
)

func newEnvironmentCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "environment",
		Short: "Allow Python environments for functions with NumPy and the like",
		Long: `A function of kind python-native names the packages that it needs in a lock. It runs where an operator has created the environment
of that very lock; nothing is ever installed by publishing a package or by running a query. Environments are kept in
DREAMQL_ENVIRONMENTS (default /var/lib/dreamql/environments for root, else ~/.local/share/dreamql/environments); each worker of a cluster needs its own.`,
		Example: `  dreamql environment create requirements.lock
  dreamql environment list
  dreamql environment remove 8d5f0c`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newEnvironmentCreateCommand(), newEnvironmentListCommand(), newEnvironmentRemoveCommand())
	return cmd
}

func newEnvironmentCreateCommand() *cobra.Command {
	var python string
	cmd := &cobra.Command{
		Use:   "create LOCK",
		Short: "Install a lock's packages, and so allow functions to use them",
		Long: `Makes a virtual environment with the packages that the lock names, and no others. They are downloaded from pip's index, as wheels only,
and must have the lock's hashes. Functions that name this lock may then run their own code with these packages, shut in: without network, files
and other processes. Read the lock before: the packages' own code is trusted no more than that, but it is what you let in.`,
		Example: `  dreamql environment create requirements.lock
  dreamql environment create requirements.lock --python /usr/bin/python3.12`,
		Args: oneArg("a lock, as in requirements.lock"),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := os.ReadFile(args[0])
			if err != nil {
				return usageError("the lock cannot be read: %w", err)
			}
			lock, err := udf.ParseLock(text)
			if err != nil {
				return usageError("%s: %w", args[0], err)
			}
			e, err := native.Create(cmd.Context(), native.CreateConfig{Folder: native.Folder(), Lock: lock, Python: python, Log: cmd.ErrOrStderr()})
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s\nPython %s with %s\nin %s\n", e.Digest, e.Python, strings.Join(e.Requirements, ", "), e.Path)
			if err := native.Refusal(os.Getenv(native.UnsafeVariable) == "1"); err != nil {
				fmt.Fprintln(cmd.ErrOrStderr(), "It cannot be used yet:", err)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&python, "python", "", "the interpreter to use (default: python3 in PATH, or /usr/bin/python3)")
	return cmd
}

func newEnvironmentListCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "Show the environments of this machine",
		Example: `  dreamql environment list`,
		Args:    maxArgs(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := native.List(native.Folder())
			if err != nil {
				return err
			}
			for _, e := range all {
				fmt.Fprintf(cmd.OutOrStdout(), "%s  Python %s  %s\n", e.Digest, e.Python, strings.Join(e.Requirements, " "))
			}
			if len(all) == 0 {
				fmt.Fprintf(cmd.ErrOrStderr(), "There are none in %s.\n", native.Folder())
			}
			return nil
		},
	}
}

func newEnvironmentRemoveCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "remove DIGEST",
		Short:   "Delete an environment: functions that need it fail from then on",
		Example: `  dreamql environment remove 8d5f0c`,
		Args:    oneArg("the beginning of a digest that dreamql environment list shows"),
		RunE: func(cmd *cobra.Command, args []string) error {
			e, err := native.Remove(native.Folder(), args[0])
			var unknown *native.UnknownDigest
			if errors.As(err, &unknown) {
				return usageError("%w", err)
			}
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), "removed", e.Digest)
			return nil
		},
	}
}
