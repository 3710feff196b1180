package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/spf13/cobra"

	"github.com/dreamql/dreamql/engine/check"
	"github.com/dreamql/dreamql/engine/compile"
	"github.com/dreamql/dreamql/engine/exec"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/engine/udf"
)

func newExplainCommand() *cobra.Command {
	var (
		flags   queryFlags
		analyze bool
		out     string
	)
	cmd := &cobra.Command{
		Use:   "explain [-e PROGRAM | FILE]",
		Short: "Show how a program is run",
		Long: `Shows the plan of a program: as it was checked, what the rules made of it, the stages that are executed, and for every imported
function where it runs and why.`,
		Example: `  dreamql explain report.dql --data sales=sales.csv
  dreamql explain --analyze -e 'weather -> { @weather, n: count() }' --data weather=seattle-weather.csv`,
	}
	flags.register(cmd)
	cmd.Flags().BoolVar(&analyze, "analyze", false, "run it, and add what each operator and function did")
	cmd.Flags().StringVar(&out, "format", "text", "text or json")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if out != "text" && out != "json" {
			return usageError("--format %s: there are text and json", out)
		}
		s, err := flags.open(cmd, args)
		if err != nil {
			return err
		}
		defer s.close()
		return s.explain(cmd, analyze, out == "json")
	}
	return cmd
}

// explanation is what explain shows.
type explanation struct {
	Logical   string                `json:"logical"`
	Rewritten string                `json:"rewritten"`
	Plan      *physical.Explanation `json:"plan"`
	Analyzed  *analysis             `json:"analyzed,omitempty"`
}

// analysis is what a run did.
type analysis struct {
	PlanMS float64    `json:"plan_ms"`
	ExecMS float64    `json:"exec_ms"`
	Stats  exec.Stats `json:"stats"`
	// Operators are those of Stats, beside what was expected of them.
	Operators []exec.Estimated `json:"operators"`
	// QErrors are by which factors the estimates of conditions and joins were off, least first.
	QErrors []float64 `json:"q_errors,omitempty"`
}

func (s *session) explain(cmd *cobra.Command, analyze, asJSON bool) error {
	began := time.Now()
	s.shown = !analyze
	result, q, err := s.compile(cmd)
	if err != nil {
		return err
	}
	if q == nil {
		fmt.Fprintln(cmd.ErrOrStderr(), "The program has no final expression, so there is nothing to run.")
		return nil
	}
	planned := time.Since(began)
	e := explanationOf(result, q, s.engine.tiers(cmd.Context(), q.Plan))
	if analyze {
		began := time.Now()
		stats, err := exec.RunPlan(cmd.Context(), s.env(q.Plan), q.Plan, s.engine.open, func(arrow.RecordBatch) error { return nil })
		if err != nil {
			return runError(err, &s.set)
		}
		e.Analyzed = &analysis{millis(planned), millis(time.Since(began)), stats, exec.Compared(q.Plan, stats), exec.QErrors(q.Plan, stats)}
	}
	if asJSON {
		enc := json.NewEncoder(cmd.OutOrStdout())
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		return enc.Encode(e)
	}
	e.write(cmd.OutOrStdout())
	return nil
}

func explanationOf(result *check.Result, q *compile.Query, tier func(*udf.Function) (tier, note string)) *explanation {
	var steps []string
	for _, s := range q.Steps {
		steps = append(steps, s.Rule+": "+s.Before+"  →  "+s.After)
	}
	return &explanation{
		Logical: logical.Format(q.Logical), Rewritten: logical.Format(q.Rewritten), Plan: physical.Explain(q.Plan, result.Functions, steps, tier),
	}
}

func (e *explanation) write(w io.Writer) {
	section := func(title, text string) {
		fmt.Fprintf(w, "%s\n%s\n", title, strings.TrimRight(text, "\n"))
	}
	section("── as checked", e.Logical)
	section("── as rewritten", e.Rewritten)
	section("── as executed", e.Plan.Text())
	if e.Analyzed == nil {
		return
	}
	st := e.Analyzed.Stats
	fmt.Fprintf(w, "── as it ran: planned in %.2f ms, executed in %.2f ms; %d rows read, %d rows out, %d bytes read, at most %d bytes held%s\n",
		e.Analyzed.PlanMS, e.Analyzed.ExecMS, st.RowsRead, st.RowsOut, st.BytesRead, st.PeakBytes, spilledText(st.SpilledBytes))
	for _, o := range e.Analyzed.Operators {
		fmt.Fprintf(w, "  stage %d %-12s %12d rows in %12d rows out %10.2f ms %3.0f %%%s; %s\n",
			o.Stage, o.Kind, o.RowsIn, o.RowsOut, millis(o.Busy), 100*o.Share, estimateText(o), movedText(o.BytesIn, o.BytesOut, o.PeakBytes, o.Spilled)+cacheText(o.Cache))
	}
	if errs := e.Analyzed.QErrors; len(errs) > 0 {
		fmt.Fprintf(w, "  estimates of conditions and joins: off by a factor of %.2f in the median, %.2f at most\n", exec.Quantile(errs, 0.5), errs[len(errs)-1])
	}
	for _, f := range st.Functions {
		fmt.Fprintf(w, "  function %s (%s): %d calls, %d rows, %.1f ns a row; %s%s\n",
			f.Function, f.Tier, f.Calls, f.Rows, f.NsPerRow(), movedText(f.BytesIn, f.BytesOut, f.PeakBytes, 0), madeText(f))
	}
}

// estimateText says what was expected, and marks what was far from it.
func estimateText(o exec.Estimated) string {
	if o.Estimate == 0 {
		return ""
	}
	mark := ""
	if o.QError > 10 {
		mark = " (!)"
	}
	return fmt.Sprintf(", ~%d rows expected%s", o.Estimate, mark)
}

// movedText says how many bytes an operator or a function took, made and held.
func movedText(in, out, peak, spilled int64) string {
	text := fmt.Sprintf("%d bytes in, %d bytes out", in, out)
	if peak > 0 {
		text += fmt.Sprintf(", at most %d held", peak)
	}
	return text + spilledText(spilled)
}

// spilledText says how much went to disk, if any did.
func spilledText(bytes int64) string {
	if bytes == 0 {
		return ""
	}
	return fmt.Sprintf(", %d bytes written to disk", bytes)
}

// cacheText says what of a scan's columns was decoded before.
func cacheText(u *exec.CacheUse) string {
	if u == nil {
		return ""
	}
	return fmt.Sprintf(", %d of %d columns of batches from the cache (%d bytes)", u.Hits, u.Hits+u.Misses, u.Bytes)
}

// madeText says what there is to say of how a function was made ready and of its failures.
func madeText(f exec.FunctionStats) string {
	var b strings.Builder
	if f.Compile > 0 {
		how := "compiled"
		if f.CacheHits > 0 {
			how = "loaded from the cache"
		}
		fmt.Fprintf(&b, "; %s in %.2f ms", how, millis(f.Compile))
	}
	if f.Queue > 0 {
		fmt.Fprintf(&b, "; waited %.2f ms for an interpreter", millis(f.Queue))
	}
	if f.Errors > 0 {
		fmt.Fprintf(&b, "; %d failed", f.Errors)
	}
	return b.String()
}
