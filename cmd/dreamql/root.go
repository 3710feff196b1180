package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "dreamql",
		Short: "A notebook for data whose functions are imported like libraries and run next to the data",
		Example: `  dreamql serve                                  start the notebook server
  dreamql query -e 'movies -> take 3' --data movies=movies.json`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError("%w; see %s --help", err, cmd.CommandPath())
	})
	root.AddCommand(
		newServeCommand(),
		newWorkerCommand(),
		newQueryCommand(),
		newCheckCommand(),
		newFmtCommand(),
		newExplainCommand(),
		newUpgradeCommand(),
		newPackageCommand(),
		newEnvironmentCommand(),
		newPublishCommand(),
		newLspCommand(),
		newNotebookCommand(),
		newCalibrateCommand(),
		newExecutorCommand(),
	)
	// A mistake in the arguments is a mistake of usage, whichever command finds it.
	for _, cmd := range allCommands(root) {
		if check := cmd.Args; check != nil {
			cmd.Args = func(cmd *cobra.Command, args []string) error {
				if err := check(cmd, args); err != nil {
					return usageError("%w; see %s --help", err, cmd.CommandPath())
				}
				return nil
			}
		}
	}
	root.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return usageError("there is no command %q; see dreamql --help", args[0])
		}
		return nil
	}
	root.RunE = func(cmd *cobra.Command, args []string) error { return cmd.Help() }
	return root
}

func allCommands(c *cobra.Command) []*cobra.Command {
	out := []*cobra.Command{}
	for _, sub := range c.Commands() {
		out = append(append(out, sub), allCommands(sub)...)
	}
	return out
}

// maxArgs is cobra.MaximumNArgs with a sentence that people understand.
func maxArgs(n int, what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) > n {
			return fmt.Errorf("%q is one argument too many: expected %s", args[n], what)
		}
		return nil
	}
}
