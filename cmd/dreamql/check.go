package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/dreamql/dreamql/engine/compile"
)

func newCheckCommand() *cobra.Command {
	var flags queryFlags
	cmd := &cobra.Command{
		Use:   "check [-e PROGRAM | FILE]",
		Short: "Check a program without running it",
		Long:  "Checks names and types against the data and packages that are given, and prints the columns of the result.",
		Example: `  dreamql check report.dql --data sales=sales.csv
  dreamql check -e 'weather -> filter temp_max > 30' --data weather=seattle-weather.csv`,
	}
	flags.register(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		s, err := flags.open(cmd, args)
		if err != nil {
			return err
		}
		defer s.engine.close()
		result, diags := compile.Check(cmd.Context(), s.engine.catalog, &s.set, s.params)
		if err := report(cmd, &s.set, diags); err != nil {
			return err
		}
		for _, c := range result.Columns {
			fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", c.Name, c.Type)
		}
		return nil
	}
	return cmd
}
