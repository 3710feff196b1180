package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/dreamql/dreamql/engine/check"
	"github.com/dreamql/dreamql/engine/compile"
	"github.com/dreamql/dreamql/engine/exec"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/storage"
	"github.com/dreamql/dreamql/engine/storage/format"
	"github.com/dreamql/dreamql/engine/types"
)

// queryFlags are what query and explain share.
type queryFlags struct {
	source   sourceFlag
	data     []string
	saves    []string
	params   []string
	packages []string
	threads  int
	memory   string
	disk     string
	inPlace  bool
	columns  string
}

func (f *queryFlags) register(cmd *cobra.Command) {
	f.source.register(cmd)
	flags := cmd.Flags()
	flags.StringArrayVar(&f.data, "data", nil, "a file, or a pattern of files, to use under a name: `NAME=PATH`; may be repeated")
	flags.StringArrayVar(&f.saves, "save", nil, "the file that a save of the program writes, by its extension: `NAME=PATH`; may be repeated")
	flags.StringArrayVar(&f.params, "param", nil, "a parameter's value: `NAME=VALUE`; may be repeated")
	flags.StringArrayVar(&f.packages, "package", nil, "the `DIR` of a package to import from; may be repeated")
	flags.IntVar(&f.threads, "threads", 0, "threads to use; 0 is one for each core")
	flags.StringVar(&f.memory, "memory", "", "memory for operators, as in 512MB; no limit by default")
	flags.BoolVar(&f.inPlace, "in-place", false, "read Parquet files where they lie, instead of importing them once")
	flags.StringVar(&f.columns, "column-cache", "", "disk for columns that were decoded from files in place, as in 4GB, 0 for none; by default DREAMQL_COLUMN_CACHE, or a tenth of what is free, at most 8GB")
	flags.StringVar(&f.disk, "disk", "", "disk for what the memory does not hold, as in 10GB; no limit by default")
}

// session is one program with the engine that it runs in.
type session struct {
	engine *localEngine
	set    source.Set
	params map[string]json.RawMessage
	saves  map[string]string // files by the name that the program saves them under
	copies copies            // of tables of databases
	shown  bool              // the plan is shown and not run
}

func (f *queryFlags) open(cmd *cobra.Command, args []string) (*session, error) {
	name, text, err := f.source.read(cmd, args)
	if err != nil {
		return nil, err
	}
	data, err := parseData(f.data)
	if err != nil {
		return nil, err
	}
	saves, err := parseSaves(f.saves, data)
	if err != nil {
		return nil, err
	}
	memory, err := parseSize(f.memory)
	if err != nil {
		return nil, err
	}
	disk, err := parseSize(f.disk)
	if err != nil {
		return nil, err
	}
	if f.threads < 0 || f.threads > 1024 {
		return nil, usageError("--threads %d: give a number from 1 to 1024, or 0 for one for each core", f.threads)
	}
	s := &session{saves: saves}
	s.set.Add(name, text)
	if s.params, err = parseParams(f.params, text); err != nil {
		return nil, err
	}
	if s.engine, err = newLocalEngine(data, f.packages); err != nil {
		return nil, err
	}
	s.engine.catalog.Remote, s.engine.catalog.InPlace = true, f.inPlace
	if err := s.engine.keepColumns(f.columns); err != nil {
		return nil, err
	}
	s.engine.env.Threads, s.engine.env.MemoryLimit, s.engine.env.DiskLimit = f.threads, memory, disk
	if !f.source.given(cmd) {
		if s.engine.catalog.project, err = openProject(args); err != nil {
			return nil, err
		}
	} else {
		s.engine.catalog.project = &project{dir: "."}
	}
	return s, nil
}

func (s *session) close() {
	s.copies.drop()
	s.engine.close()
}

// compile checks and plans the program; diagnostics have been drawn when the error is not nil.
func (s *session) compile(cmd *cobra.Command) (*check.Result, *compile.Query, error) {
	result, diags := compile.Check(cmd.Context(), s.engine.catalog, &s.set, s.params)
	if err := report(cmd, &s.set, diags); err != nil {
		return nil, nil, err
	}
	if result.Plan == nil {
		return result, nil, nil
	}
	q, err := s.plan(cmd, result.Plan)
	return result, q, err
}

// plan plans a relation, and draws why it is refused.
func (s *session) plan(cmd *cobra.Command, node logical.Node) (*compile.Query, error) {
	copier := s.copies.copy
	if s.shown {
		copier = nil
	}
	q, err := compile.PlanCopied(cmd.Context(), node, copier)
	var refused source.Diagnostics
	if errors.As(err, &refused) {
		err = report(cmd, &s.set, refused)
	}
	return q, err
}

func newQueryCommand() *cobra.Command {
	var (
		flags   queryFlags
		out     string
		explain string
		stats   bool
		repeat  repetition
	)
	cmd := &cobra.Command{
		Use:   "query [-e PROGRAM | FILE]",
		Short: "Run a program over files, in this process",
		Long: `Runs a program in this process, over files, with no server and no database, and prints its rows.

Exit status: 1 for a mistake in the program, 2 for wrong usage, 3 for a failure while running.`,
		Example: `  dreamql query -e 'weather -> { @weather, n: count() }' --data weather=seattle-weather.csv
  dreamql query report.dql --data sales='sales/*.parquet' --param day=2024-01-31 --format csv
  dreamql query -e 'flights -> agg { n: count() }' --data flights=flights.parquet --explain analyze`,
	}
	flags.register(cmd)
	cmd.Args = maxArgs(2, "at most one file")
	cmd.Flags().StringVar(&out, "format", "table", "of the rows: table, "+strings.Join(cliFormats(), ", "))
	cmd.Flags().StringVar(&explain, "explain", "", "print the plan instead of rows; `analyze` runs it and adds what each operator did")
	cmd.Flags().Lookup("explain").NoOptDefVal = "plan"
	cmd.Flags().BoolVar(&stats, "stats", false, "print one JSON line a run to standard error")
	cmd.Flags().IntVar(&repeat.times, "repeat", 1, "run this many times in the same process, and print the rows once")
	cmd.Flags().DurationVar(&repeat.warmUp, "warm-up", 0, "between the first of these runs and the second, run uncounted for so long, as in 500ms")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		// "--explain analyze" arrives as two words, because --explain needs none.
		if explain == "plan" && len(args) > 0 && slices.Contains([]string{"analyze", "plan"}, args[0]) {
			explain, args = args[0], args[1:]
		}
		if len(args) > 1 {
			return usageError("%q is one argument too many: expected at most one file", args[1])
		}
		if !slices.Contains([]string{"", "plan", "analyze"}, explain) {
			return usageError("--explain %s: write --explain or --explain analyze", explain)
		}
		if out != "table" && !slices.Contains(cliFormats(), out) {
			return usageError("--format %s: there are table, %s", out, strings.Join(cliFormats(), ", "))
		}
		if err := repeat.check(); err != nil {
			return err
		}
		s, err := flags.open(cmd, args)
		if err != nil {
			return err
		}
		defer s.close()
		if explain != "" {
			return s.explain(cmd, explain == "analyze", out == "json")
		}
		return s.query(cmd, out, stats, repeat)
	}
	return cmd
}

// cliFormats are those of package format that make sense on a terminal or in a pipe.
func cliFormats() []string {
	return slices.DeleteFunc(format.Names(), func(n string) bool { return n == "arrowfile" || n == "parquet" })
}

// repetition is how often a program runs: once, then uncounted until it is warm, and the rest of its times.
type repetition struct {
	times  int
	warmUp time.Duration
}

func (r repetition) check() error {
	if r.times < 1 || r.times > 100_000 {
		return usageError("--repeat %d: give a number from 1 to 100000", r.times)
	}
	if r.warmUp < 0 || r.warmUp > time.Hour {
		return usageError("--warm-up %s: give a time from 0s to 1h", r.warmUp)
	}
	if r.warmUp > 0 && r.times == 1 {
		return usageError("--warm-up comes before the second run: give --repeat 2 or more")
	}
	return nil
}

// runs yields, of each run, whether it is the first and whether it counts.
func (r repetition) runs(yield func(first, counts bool) bool) {
	if !yield(true, true) || r.times == 1 {
		return
	}
	for began := time.Now(); time.Since(began) < r.warmUp; {
		if !yield(false, false) {
			return
		}
	}
	for range r.times - 1 {
		if !yield(false, true) {
			return
		}
	}
}

func (s *session) query(cmd *cobra.Command, out string, stats bool, repeat repetition) error {
	for first, counts := range repeat.runs {
		began, worked := time.Now(), processorTime()
		result, q, err := s.compile(cmd)
		if err != nil {
			return err
		}
		saves, err := s.savings(cmd, result.Cells[0])
		if err != nil {
			return err
		}
		if len(saves) > 0 && repeat.times > 1 {
			return usageError("--repeat runs a program more than once, and this one saves; leave one of the two out")
		}
		if q == nil && len(saves) == 0 {
			fmt.Fprintln(cmd.ErrOrStderr(), "The program has no final expression, so there are no rows to print; end it with the table that you want to see.")
			return nil
		}
		planned := time.Since(began)
		w := cmd.OutOrStdout()
		if !first {
			w = io.Discard
		}
		done, err := s.once(cmd.Context(), saves, q, w, out, !first)
		if stats && counts {
			writeStats(cmd.ErrOrStderr(), planned, processorTime()-worked, done)
		}
		if err != nil {
			return runError(err, &s.set)
		}
	}
	return nil
}

// once runs a program: its saves into new files, then its value, and when all of that has succeeded the files take their places.
func (s *session) once(ctx context.Context, saves []*saving, q *compile.Query, w io.Writer, out string, quietly bool) (outcome, error) {
	for _, v := range saves {
		defer v.drop()
		if err := v.write(ctx, s); err != nil {
			return outcome{}, err
		}
	}
	var done outcome
	if q != nil {
		var err error
		if done, err = s.run(ctx, q, w, out, quietly); err != nil {
			return done, err
		}
	}
	for _, v := range saves {
		if err := v.commit(); err != nil {
			return done, err
		}
	}
	if q != nil || len(saves) == 0 {
		return done, nil
	}
	row, err := savedRows(saves)
	if err != nil {
		return done, err
	}
	defer row.Release()
	return done, write(w, out, row.Schema(), func(yield func(arrow.RecordBatch, error) bool) { yield(row, nil) })
}

// outcome is what a run took: until the last row was computed, without the time to print.
type outcome struct {
	stats exec.Stats
	took  time.Duration
}

// run executes a plan and writes its rows as they come; quietly leaves the rows out.
func (s *session) run(ctx context.Context, q *compile.Query, w io.Writer, out string, quietly bool) (outcome, error) {
	began := time.Now()
	var done outcome
	if quietly {
		stats, err := exec.RunPlan(ctx, s.env(q.Plan), q.Plan, s.engine.open, func(arrow.RecordBatch) error { return nil })
		return outcome{stats, time.Since(began)}, err
	}
	schema, err := types.ArrowSchema(q.Plan.Columns)
	if err != nil {
		return done, err
	}
	var printing time.Duration
	batches := func(yield func(arrow.RecordBatch, error) bool) {
		stats, err := exec.RunPlan(ctx, s.env(q.Plan), q.Plan, s.engine.open, func(b arrow.RecordBatch) error {
			from := time.Now()
			defer func() { printing += time.Since(from) }()
			if !yield(b, nil) {
				return io.ErrShortWrite
			}
			return nil
		})
		done.stats = stats
		if err != nil && err != io.ErrShortWrite { //nolint:errorlint // exactly ours
			yield(nil, err)
		}
	}
	err = write(w, out, schema, batches)
	done.took = time.Since(began) - printing
	return done, err
}

// write prints rows as they come.
func write(w io.Writer, out string, schema *arrow.Schema, batches format.Batches) error {
	buffered := bufio.NewWriterSize(w, 64<<10)
	var err error
	if out == "table" {
		err = writeTable(buffered, schema, batches)
	} else {
		err = format.Write(buffered, out, schema, batches)
	}
	if flushed := buffered.Flush(); err == nil {
		err = flushed
	}
	return err
}

// open opens a segment, by way of the cache of columns where that lies in a file that stays where it is.
func (e *localEngine) open(ctx context.Context, t *logical.Table, i int) (exec.SegmentReader, error) {
	return e.catalog.Open(ctx, t, i)
}

// columnCacheVariable is the size of the cache of columns in the environment.
const columnCacheVariable = "DREAMQL_COLUMN_CACHE"

// keepColumns begins to keep decoded columns of files in place, as much of them as a text says.
func (e *localEngine) keepColumns(text string) error {
	if text == "" {
		text = os.Getenv(columnCacheVariable)
	}
	limit := int64(-1)
	if strings.Trim(text, "0") == "" && text != "" {
		limit = 0
	} else if text != "" {
		n, err := parseSize(text)
		if err != nil {
			return usageError("%s is no size for the cache of columns: write it as 4GB, or 0 for none", text)
		}
		limit = n
	}
	return e.catalog.KeepColumns(limit)
}

// openLocal maps a segment; exec closes it at the end of the run.
var openLocal exec.Opener = func(ctx context.Context, t *logical.Table, i int) (exec.SegmentReader, error) {
	return storage.OpenLocal(ctx, t, i)
}

// cacheStats is what came from the cache of columns, where there is one.
type cacheStats struct {
	Hits   int64 `json:"cache_hits"` // columns of batches
	Misses int64 `json:"cache_misses"`
	Bytes  int64 `json:"cache_bytes"`
}

func cacheStatsOf(s *exec.Stats) *cacheStats {
	u := s.CacheUse()
	if u == (exec.CacheUse{}) {
		return nil
	}
	return &cacheStats{u.Hits, u.Misses, u.Bytes}
}

// writeStats prints the line that --stats promises.
func writeStats(w io.Writer, planned, worked time.Duration, done outcome) {
	type function struct {
		Function string  `json:"function"`
		Tier     string  `json:"tier"`
		Calls    int64   `json:"calls"`
		Rows     int64   `json:"rows"`
		NsPerRow float64 `json:"ns_per_row"`
	}
	line := struct {
		PlanMS    float64 `json:"plan_ms"`
		ExecMS    float64 `json:"exec_ms"`
		CPUMS     float64 `json:"cpu_ms"`
		RowsRead  int64   `json:"rows_read"`
		RowsOut   int64   `json:"rows_out"`
		BytesRead int64   `json:"bytes_read"`
		PeakBytes int64   `json:"peak_bytes"`
		Spilled   int64   `json:"spilled_bytes"`
		*cacheStats
		Functions []function `json:"functions"`
	}{
		millis(planned), millis(done.took), millis(worked), done.stats.RowsRead, done.stats.RowsOut, done.stats.BytesRead, done.stats.PeakBytes, done.stats.SpilledBytes, cacheStatsOf(&done.stats), []function{},
	}
	for _, f := range done.stats.Functions {
		line.Functions = append(line.Functions, function{f.Function, f.Tier, f.Calls, f.Rows, f.NsPerRow()})
	}
	_ = json.NewEncoder(w).Encode(line)
}

// processorTime is what all threads of this process have used of processors.
func processorTime() time.Duration {
	var used unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &used) != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
