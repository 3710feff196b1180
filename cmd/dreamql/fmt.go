package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/syntax"
)

func newFmtCommand() *cobra.Command {
	var (
		src   sourceFlag
		write bool
	)
	cmd := &cobra.Command{
		Use:   "fmt [-e PROGRAM | FILE]",
		Short: "Lay a program out in the one way",
		Long:  "Prints the program laid out in the one way: indentation, spaces, long lines broken. Comments stay.",
		Example: `  dreamql fmt query.dql
  dreamql fmt -w query.dql                 change the file
  dreamql fmt -e 'movies->take 3'`,
	}
	src.register(cmd)
	cmd.Flags().BoolVarP(&write, "write", "w", false, "write the result back to the file")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if write && len(args) == 0 {
			return usageError("-w needs a file")
		}
		name, text, err := src.read(cmd, args)
		if err != nil {
			return err
		}
		var set source.Set
		out, diags := syntax.Format(set.Add(name, text), text)
		if err := report(cmd, &set, diags); err != nil {
			return err
		}
		if !write {
			fmt.Fprint(cmd.OutOrStdout(), out)
			return nil
		}
		if out == text {
			return nil
		}
		fi, err := os.Stat(args[0])
		if err != nil {
			return fileError(args[0], err)
		}
		if err := os.WriteFile(args[0], []byte(out), fi.Mode().Perm()); err != nil {
			return fmt.Errorf("the file %s cannot be written: %w", args[0], err)
		}
		return nil
	}
	return cmd
}
