package main

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dreamql/dreamql/bench/measure"
)

// row is what was measured for one query.
type row struct {
	ours, duckdb, clickhouse, parquet, decoded, duckdbParquet timing
	one, duckdbOne                                            timing // with one thread, ours and DuckDB's
	apart                                                     timing // with one thread, beside others of the same
}

// atFirst is the first run.
func (t timing) atFirst() timing {
	t.ms = t.first
	return t
}

// ratio is ours / DuckDB, or 0 where there is none.
func ratio(ours, theirs timing) float64 {
	if ours.err != nil || theirs.err != nil {
		return 0
	}
	return ours.ms / theirs.ms
}

// errSkipped is why there is no figure that nobody asked for.
var errSkipped = errors.New("skipped")

// summary is what a set came to.
type summary struct {
	set
	rows map[string]row
}

func (b *bench) measureSet(r *measure.Report, s set) (summary, error) {
	sum := summary{set: s, rows: map[string]row{}}
	fmt.Fprintf(r, "\n## %s (%s)\n", s.name, s.title)
	r.Header("query", "DreamQL", "DuckDB", "ratio", "ClickHouse", "DreamQL Parquet", "DuckDB Parquet", "ratio", "decoded", "ratio", "first", "DuckDB", "ratio", "memory, MB", "DuckDB", "ratio", "1 thread", "speed-up", "apart", "busy", "work", "plan", "DuckDB, 1 thread", "speed-up")
	var notes []string
	for _, name := range b.wanted(s) {
		q, err := load(name)
		if err != nil {
			return sum, err
		}
		measured, known := b.done[name]
		if !known {
			if measured, err = b.measureQuery(q); err != nil {
				return sum, fmt.Errorf("%s: %w", name, err)
			}
			b.done[name] = measured
		}
		sum.rows[name] = measured
		r.Line(b.cells(name, measured)...)
		notes = append(notes, measured.notes(name)...)
	}
	if notes != nil {
		r.WriteString("\n" + strings.Join(notes, ""))
	}
	return sum, nil
}

func (b *bench) measureQuery(q query) (row, error) {
	scratch, err := os.MkdirTemp(b.dir, ".rows-")
	if err != nil {
		return row{}, err
	}
	defer os.RemoveAll(scratch)
	ours, theirs := filepath.Join(scratch, "ours"), filepath.Join(scratch, "theirs")
	var m row
	if q.check != nil {
		m.ours, m.duckdb = b.ourTime(q, segments, b.threads, ""), b.peerTime(q, "duckdb", b.threads, "")
		checked := *b
		checked.repeat = 1
		check := row{ours: checked.ourTime(*q.check, segments, b.threads, ours), duckdb: checked.peerTime(*q.check, "duckdb", b.threads, theirs)}
		if err := check.compare(ours, theirs); err != nil && m.ours.err == nil {
			m.ours.err = err
		}
	} else {
		m.ours, m.duckdb = b.ourTime(q, segments, b.threads, ours), b.peerTime(q, "duckdb", b.threads, theirs)
		m.ours.err = m.compare(ours, theirs)
	}
	m.one.err, m.apart.err, m.duckdbOne.err = errSkipped, errSkipped, errSkipped
	if b.quick {
		m.clickhouse.err, m.parquet.err, m.decoded.err, m.duckdbParquet.err = errSkipped, errSkipped, errSkipped, errSkipped
		return m, nil
	}
	if !b.cpu { // what processors do is no less with more of them
		m.inTurns(b, q)
	}
	m.duckdbParquet = b.peerTime(q, "duckdb parquet", b.threads, "")
	if q.check != nil {
		m.parquet = b.ourTime(q, kept, b.threads, "")
	} else {
		m.parquet = b.ourTime(q, kept, b.threads, ours)
		m.parquet.err = row{ours: m.parquet, duckdb: m.duckdb}.compare(ours, theirs)
	}
	m.decoded = b.ourTime(q, decoded, b.threads, "")
	if m.decoded.err == nil {
		m.decoded.err = m.parquet.err // the same rows
	}
	m.clickhouse = b.peerTime(q, "clickhouse", b.threads, "")
	return m, nil
}

// inTurns measures with one thread, and once more with one and with all, in the opposite order: what else the machine does meanwhile
// changes all of them alike.
func (m *row) inTurns(b *bench, q query) {
	m.one, m.duckdbOne = b.ourTime(q, segments, 1, ""), b.peerTime(q, "duckdb", 1, "")
	m.apart = b.apart(q, m.one)
	m.duckdbOne = b.with(m.duckdbOne, b.peerTime(q, "duckdb", 1, ""))
	m.one = b.with(m.one, b.ourTime(q, segments, 1, ""))
	m.duckdb = b.with(m.duckdb, b.peerTime(q, "duckdb", b.threads, ""))
	m.ours = b.with(m.ours, b.ourTime(q, segments, b.threads, ""))
}

// compare says why DreamQL has no rows, or that they are not DuckDB's, where that has some.
func (m row) compare(ours, theirs string) error {
	if m.ours.err != nil || m.duckdb.err != nil {
		return m.ours.err
	}
	d, err := difference(ours, theirs)
	if err == nil && d != "" {
		err = fmt.Errorf("the rows are not DuckDB's: %s", d)
	}
	return err
}

func (b *bench) cells(name string, m row) []string {
	megabytes := func(t timing) string {
		if t.err != nil {
			return "–"
		}
		return fmt.Sprintf("%d", t.bytes>>20)
	}
	memory := "–"
	if m.ours.err == nil && m.duckdb.err == nil {
		memory = fmt.Sprintf("%.1f", float64(m.ours.bytes)/float64(m.duckdb.bytes))
	}
	return []string{name, shown(m.ours), shown(m.duckdb), times(ratio(m.ours, m.duckdb)), shown(m.clickhouse), shown(m.parquet), shown(m.duckdbParquet),
		times(ratio(m.parquet, m.duckdbParquet)), shown(m.decoded), times(ratio(m.decoded, m.duckdbParquet)),
		shown(m.parquet.atFirst()), shown(m.duckdbParquet.atFirst()), times(ratio(m.parquet.atFirst(), m.duckdbParquet.atFirst())), megabytes(m.ours), megabytes(m.duckdb), memory, shown(m.one), times(ratio(m.one, m.ours)), times(m.bound(b.threads)),
		times(m.busy()), times(m.work(b.threads)), planned(m.ours), shown(m.duckdbOne), times(ratio(m.duckdbOne, m.duckdb))}
}

// bound is the speed-up of threads that share nothing.
func (m row) bound(threads int) float64 { return float64(threads) * ratio(m.one, m.apart) }

// busy is the share of all threads' time in which they worked, and 0 where there is no figure of one thread to read it beside.
func (m row) busy() float64 {
	if ratio(m.one, m.ours) == 0 {
		return 0
	}
	return m.ours.busy
}

// work is what all threads do of what one does alone: speed-up = threads · busy / work.
func (m row) work(threads int) float64 {
	if ratio(m.one, m.ours) == 0 {
		return 0
	}
	return float64(threads) * m.ours.busy / ratio(m.one, m.ours)
}

// notes say why figures are missing, or stand on few runs.
func (m row) notes(name string) (notes []string) {
	for _, t := range []struct {
		system string
		timing
	}{{"DreamQL", m.ours}, {"DuckDB", m.duckdb}, {"ClickHouse", m.clickhouse}, {"DreamQL, Parquet", m.parquet}, {"DreamQL, Parquet decoded", m.decoded}, {"DuckDB, Parquet", m.duckdbParquet}} {
		if t.err != nil && t.err != errSkipped { //nolint:errorlint // exactly ours
			first, _, _ := strings.Cut(strings.TrimSpace(t.err.Error()), "\n\n")
			notes = append(notes, fmt.Sprintf("- %s, %s: %s\n", name, t.system, strings.Join(strings.Fields(first), " ")))
		}
	}
	return notes
}

func shown(t timing) string {
	if t.err != nil {
		return "–"
	}
	return measure.Figure(t.ms)
}

func planned(t timing) string {
	if t.err != nil {
		return "–"
	}
	return measure.Figure(t.plan)
}

func times(ratio float64) string {
	if ratio == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f", ratio)
}

// means gives the geometric mean and the worst of the ratios that there are, and how many are missing.
func (s summary) means(of func(row) float64) (mean, worst float64, worstName string, missing int) {
	logs, n := 0.0, 0
	for _, name := range slices.Sorted(maps.Keys(s.rows)) {
		v := of(s.rows[name])
		if v == 0 {
			missing++
			continue
		}
		logs, n = logs+math.Log(v), n+1
		if v > worst {
			worst, worstName = v, name
		}
	}
	if n == 0 {
		return 0, 0, "", missing
	}
	return math.Exp(logs / float64(n)), worst, worstName, missing
}
