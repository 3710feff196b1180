package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/syntax"
)

// sourceFlag is where query, check, fmt and explain take their program from: -e, a file, or standard input.
type sourceFlag struct{ inline string }

func (s *sourceFlag) register(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&s.inline, "expression", "e", "", "the program itself, instead of a file")
	cmd.Args = maxArgs(1, "at most one file")
}

// given reports whether the program stands in the command itself.
func (s *sourceFlag) given(cmd *cobra.Command) bool { return cmd.Flags().Changed("expression") }

// read returns the program's name and text. A text longer than the parser accepts is cut one byte behind that, so that the parser
// can say so.
func (s *sourceFlag) read(cmd *cobra.Command, args []string) (name, text string, err error) {
	given := s.given(cmd)
	switch {
	case given && len(args) > 0:
		return "", "", usageError("give either -e or a file, not both")
	case given:
		return "-e", s.inline, nil
	case len(args) == 1 && args[0] != "-":
		f, err := os.Open(args[0])
		if err != nil {
			return "", "", fileError(args[0], err)
		}
		defer f.Close()
		text, err = readAll(f)
		if err != nil {
			return "", "", fileError(args[0], err)
		}
		return args[0], text, nil
	case len(args) == 0 && isTerminal(os.Stdin):
		return "", "", usageError("no program was given: use -e 'program', name a file, or pipe it in; see %s --help", cmd.CommandPath())
	}
	text, err = readAll(cmd.InOrStdin())
	return "standard input", text, err
}

func readAll(r io.Reader) (string, error) {
	b, err := io.ReadAll(io.LimitReader(r, syntax.MaxSource+1))
	return string(b), err
}

func fileError(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return usageError("there is no file %s", path)
	case errors.Is(err, fs.ErrPermission):
		return usageError("the file %s may not be read by this user", path)
	}
	return usageError("the file %s cannot be read: %w", path, err)
}

func isTerminal(f *os.File) bool {
	fi, err := f.Stat()
	return err == nil && fi.Mode()&os.ModeCharDevice != 0
}

// report draws diagnostics on standard error; the error is nil if none of them is an error.
func report(cmd *cobra.Command, set *source.Set, diags source.Diagnostics) error {
	fmt.Fprint(cmd.ErrOrStderr(), set.RenderAll(diags))
	if diags.HasErrors() {
		return &exitError{status: exitQuery}
	}
	return nil
}
