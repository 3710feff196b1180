package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dreamql/dreamql/engine/compile"
	"github.com/dreamql/dreamql/server/notebook"
)

func newNotebookCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "notebook",
		Short:   "Run notebooks without a browser",
		Example: `  dreamql notebook run tour.dql.md --data movies=movies.json`,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newNotebookRunCommand())
	return cmd
}

func newNotebookRunCommand() *cobra.Command {
	var (
		flags  queryFlags
		out    string
		server string
		token  string
	)
	cmd := &cobra.Command{
		Use:   "run FILE.dql.md | ID",
		Short: "Run every query cell of a notebook",
		Long: `Runs every query cell of a notebook and prints its rows: of a file, in this process, over the files given with --data; or, with
--server, of the notebook with that ID on the server, over the server's datasets.`,
		Example: `  dreamql notebook run tour.dql.md --data movies=movies.json
  dreamql notebook run 0197e0c2-5a3e-7d41-9f5b-2f6a4c1f0b7e --server http://127.0.0.1:8080 --param day=2024-01-31`,
	}
	flags.register(cmd)
	for _, name := range []string{"expression"} {
		_ = cmd.Flags().MarkHidden(name)
	}
	cmd.Args = func(_ *cobra.Command, args []string) error {
		if len(args) != 1 {
			return errors.New("name one notebook")
		}
		return nil
	}
	cmd.Flags().StringVar(&out, "format", "table", "of the rows: table, "+strings.Join(cliFormats(), ", "))
	cmd.Flags().StringVar(&server, "server", os.Getenv("DREAMQL_URL"), "the server's `URL`; default $DREAMQL_URL, or none")
	cmd.Flags().StringVar(&token, "token", "", "for the server; default $DREAMQL_TOKEN")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if out != "table" && !slices.Contains(cliFormats(), out) {
			return usageError("--format %s: there are table, %s", out, strings.Join(cliFormats(), ", "))
		}
		if _, err := os.Stat(args[0]); err == nil || strings.HasSuffix(args[0], ".md") || server == "" {
			return flags.runFile(cmd, args[0], out)
		}
		if token == "" {
			token = os.Getenv("DREAMQL_TOKEN")
		}
		params, err := parseParams(flags.params, "")
		if err != nil {
			return err
		}
		r := remoteRun{server: strings.TrimRight(server, "/"), token: token}
		return r.notebook(cmd, args[0], params, out)
	}
	return cmd
}

// runFile runs the cells of a file in order; a cell sees what all others define.
func (f *queryFlags) runFile(cmd *cobra.Command, path, out string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fileError(path, err)
	}
	content, err := notebook.Decode(text)
	if err != nil {
		return usageError("%s: %w", path, err)
	}
	var all strings.Builder
	s := &session{}
	var cells []notebook.Cell
	for _, c := range content.Cells {
		if c.Kind != notebook.Text {
			cells = append(cells, c)
			s.set.Add("cell "+c.ID, c.Source)
			if c.Language == "" {
				all.WriteString(c.Source + "\n")
			}
		}
	}
	if len(cells) == 0 {
		fmt.Fprintln(cmd.ErrOrStderr(), path, "has no query or function cells, so there is nothing to run.")
		return nil
	}
	data, err := parseData(f.data)
	if err != nil {
		return err
	}
	if s.saves, err = parseSaves(f.saves, data); err != nil {
		return err
	}
	if s.params, err = parseParams(f.params, all.String()); err != nil {
		return err
	}
	if s.engine, err = newLocalEngine(data, f.packages); err != nil {
		return err
	}
	s.engine.catalog.Remote = true
	defer s.close()
	other, err := s.engine.readFunctions(cmd.Context(), cells, filepath.Dir(path))
	if err != nil {
		return err
	}
	result, diags := compile.CheckMixed(cmd.Context(), s.engine.catalog, &s.set, other, s.params)
	if err := report(cmd, &s.set, diags); err != nil {
		return err
	}
	for i, cell := range result.Cells {
		saves, err := s.savings(cmd, cell)
		if err != nil {
			return err
		}
		if cell.Plan == nil && len(saves) == 0 {
			continue
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "── cell %s\n", cells[i].ID)
		var q *compile.Query
		if cell.Plan != nil {
			if q, err = s.plan(cmd, cell.Plan); err != nil {
				return err
			}
		}
		if _, err := s.once(cmd.Context(), saves, q, cmd.OutOrStdout(), out, false); err != nil {
			return runError(err, &s.set)
		}
	}
	return nil
}

// remoteRun runs a notebook on a server and waits for it.
type remoteRun struct{ server, token string }

type remoteCell struct {
	CellID      string `json:"cell_id"`
	Source      string `json:"source"`
	State       string `json:"state"`
	Diagnostics []struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		Help    string `json:"help"`
		Range   *struct {
			Line   int `json:"line"`
			Column int `json:"column"`
		} `json:"range"`
	} `json:"diagnostics"`
	Result *struct {
		Rows int64 `json:"rows"`
	} `json:"result"`
}

func (r remoteRun) notebook(cmd *cobra.Command, id string, params map[string]json.RawMessage, out string) error {
	var run struct {
		ID    string       `json:"id"`
		State string       `json:"state"`
		Cells []remoteCell `json:"cells"`
	}
	ctx := cmd.Context()
	if err := r.call(ctx, http.MethodPost, "/api/v1/notebooks/"+id+"/runs", map[string]any{"params": params}, &run); err != nil {
		return err
	}
	for run.State == "queued" || run.State == "running" {
		select {
		case <-ctx.Done():
			_ = r.call(context.WithoutCancel(ctx), http.MethodPost, "/api/v1/runs/"+run.ID+"/cancel", nil, nil)
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
		if err := r.call(ctx, http.MethodGet, "/api/v1/runs/"+run.ID, nil, &run); err != nil {
			return err
		}
	}
	failed := false
	for _, c := range run.Cells {
		fmt.Fprintf(cmd.ErrOrStderr(), "── cell %s: %s\n", c.CellID, c.State)
		for _, d := range c.Diagnostics {
			place := ""
			if d.Range != nil {
				place = fmt.Sprintf("%d:%d: ", d.Range.Line, d.Range.Column)
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "%s%s %s\n    = %s\n", place, d.Code, d.Message, d.Help)
			failed = true
		}
		failed = failed || c.State != "succeeded"
		if c.State != "succeeded" || c.Result == nil {
			continue
		}
		if err := r.rows(ctx, cmd.OutOrStdout(), run.ID, c.CellID, out); err != nil {
			return err
		}
	}
	if failed {
		return &exitError{status: exitRun}
	}
	return nil
}

// rows prints the result of a cell; a table is laid out from CSV here.
func (r remoteRun) rows(ctx context.Context, w io.Writer, run, cell, out string) error {
	form := out
	if out == "table" {
		form = "csv"
	}
	res, err := r.request(ctx, http.MethodGet, fmt.Sprintf("/api/v1/runs/%s/cells/%s/result?format=%s", run, cell, form), nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if out == "table" {
		return tableOfCSV(w, res.Body)
	}
	_, err = io.Copy(w, res.Body)
	return err
}

func (r remoteRun) call(ctx context.Context, method, path string, in, out any) error {
	res, err := r.request(ctx, method, path, in)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if out == nil {
		return nil
	}
	return json.NewDecoder(res.Body).Decode(out)
}

// request sends one request; an answer that is a problem becomes the error that it describes.
func (r remoteRun) request(ctx context.Context, method, path string, in any) (*http.Response, error) {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, r.server+path, body)
	if err != nil {
		return nil, usageError("--server %s is no URL: %w", r.server, err)
	}
	req.Header.Set("Authorization", "Bearer "+r.token)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("the server %s does not answer: %w", r.server, err)
	}
	if res.StatusCode < 300 {
		return res, nil
	}
	defer res.Body.Close()
	var problem struct{ Title, Detail string }
	_ = json.NewDecoder(io.LimitReader(res.Body, 64<<10)).Decode(&problem)
	return nil, fmt.Errorf("the server refused: %s: %s", res.Status, strings.TrimSpace(problem.Title+" "+problem.Detail))
}
