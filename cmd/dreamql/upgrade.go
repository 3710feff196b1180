package main

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/dreamql/dreamql/engine/compile"
)

func newUpgradeCommand() *cobra.Command {
	var flags queryFlags
	cmd := &cobra.Command{
		Use:   "upgrade FILE",
		Short: "Lock the packages that a program imports",
		Long: `Writes dreamql.lock beside the program: the version and the SHA-256 of every package that it and its modules import, as they are given
now. From then on query, check and explain refuse any other; no other command writes the lock.`,
		Example: `  dreamql upgrade report.dql --data sales=sales.csv --package ./geo`,
	}
	flags.register(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 || args[0] == "-" {
			return usageError("name the file of the program: its lock stands beside it")
		}
		s, err := flags.open(cmd, args)
		if err != nil {
			return err
		}
		defer s.engine.close()
		before := s.engine.catalog.project.lock
		s.engine.catalog.project.lock = nil
		result, diags := compile.Check(cmd.Context(), s.engine.catalog, &s.set, s.params)
		if err := report(cmd, &s.set, diags); err != nil {
			return err
		}
		lock := lockOf(result.Imports)
		path := filepath.Join(s.engine.catalog.project.dir, lockName)
		changes := lock.changes(before)
		if before != nil && len(changes) == 0 {
			fmt.Fprintf(cmd.OutOrStdout(), "%s is up to date\n", path)
			return nil
		}
		if err := lock.write(path); err != nil {
			return err
		}
		for _, c := range changes {
			fmt.Fprintln(cmd.OutOrStdout(), c)
		}
		fmt.Fprintf(cmd.OutOrStdout(), "wrote %s\n", path)
		return nil
	}
	return cmd
}
