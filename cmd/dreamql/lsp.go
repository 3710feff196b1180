package main

import (
	"io"
	"log/slog"
	"net/url"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/dreamql/dreamql/engine/assist"
	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/server/language"
)

const lspHelp = `Speaks the Language Server Protocol over standard input and output: errors as you type, completion, hover, go to definition, rename,
signature help, formatting and quick fixes, for .dql files and .dql.md notebooks. Messages for people go to standard error.

Give it the data and packages that the programs use, as for dreamql query.

Neovim, in init.lua:
  vim.filetype.add({ extension = { dql = 'dreamql' }, pattern = { ['.*%.dql%.md'] = 'dreamql' } })
  vim.lsp.config('dreamql', { cmd = { 'dreamql', 'lsp', '--data', 'sales=sales.csv' }, filetypes = { 'dreamql' }, root_markers = { '.git' } })
  vim.lsp.enable('dreamql')

Helix, in languages.toml:
  [language-server.dreamql]
  command = "dreamql"
  args = ["lsp", "--data", "sales=sales.csv"]
  [[language]]
  name = "dreamql"
  scope = "source.dreamql"
  file-types = ["dql", { glob = "*.dql.md" }]
  comment-token = "//"
  language-servers = ["dreamql"]

VS Code, as the extension.js of an extension that depends on vscode-languageclient:
  const { LanguageClient } = require('vscode-languageclient/node')
  exports.activate = () => new LanguageClient('dreamql', 'DreamQL', { command: 'dreamql', args: ['lsp', '--data', 'sales=sales.csv'] },
    { documentSelector: [{ pattern: '**/*.dql' }, { pattern: '**/*.dql.md' }] }).start()`

func newLspCommand() *cobra.Command {
	var data, packages []string
	cmd := &cobra.Command{
		Use:   "lsp",
		Short: "Start a language server for an editor",
		Long:  lspHelp,
		Example: `  dreamql lsp
  dreamql lsp --data sales=sales.csv --package ./my-package`,
		Args: maxArgs(0, "none"),
	}
	cmd.Flags().StringArrayVar(&data, "data", nil, "a file, or a pattern of files, to complete under a name: `NAME=PATH`; may be repeated")
	cmd.Flags().StringArrayVar(&packages, "package", nil, "the `DIR` of a package to import from; may be repeated")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		files, err := parseData(data)
		if err != nil {
			return err
		}
		engine, err := newLocalEngine(files, packages)
		if err != nil {
			return err
		}
		defer engine.close()
		remembered := catalog.Remember(engine.catalog, 2*time.Second)
		return language.Serve(cmd.Context(), language.Stream(onlyReader{cmd.InOrStdin()}, writer{cmd.OutOrStdout()}), language.Config{
			Catalog: func(string) catalog.Catalog { return remembered },
			Link:    localLink(files, packages),
			Version: version(),
			Log:     slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil)),
		})
	}
	return cmd
}

// localLink finds the file of a dataset or of a package.
func localLink(data map[string]string, packages []string) func(assist.Target) string {
	return func(t assist.Target) string {
		path := data[t.Dataset]
		for _, dir := range packages {
			if t.Package != "" && filepath.Base(dir) == filepath.Base(t.Package) {
				path = filepath.Join(dir, "dreamql.toml")
			}
		}
		if t.Module != "" {
			path = t.Module
		}
		if path == "" {
			return ""
		}
		abs, err := filepath.Abs(path)
		if err != nil {
			return ""
		}
		return (&url.URL{Scheme: "file", Path: filepath.ToSlash(abs)}).String()
	}
}

// onlyReader is standard input, which is not closed: a read that waits would hold that up.
type onlyReader struct{ io.Reader }

// writer is standard output, which stays open after the session.
type writer struct{ io.Writer }

func (writer) Close() error { return nil }
