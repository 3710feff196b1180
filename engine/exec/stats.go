package exec

import "time"

// Stats is what a task, or a run of several, did. It travels as JSON beside the rows.
type Stats struct {
	RowsRead  int64 `json:"rows_read"` // by scans, before their filters
	RowsOut   int64 `json:"rows_out"`
	BytesRead int64 `json:"bytes_read"` // of the columns that scans touched
	PeakBytes int64 `json:"peak_bytes"` // the most memory held at once
	// SpilledBytes is what did not fit into memory and was written to disk, in all.
	SpilledBytes int64           `json:"spilled_bytes,omitempty"`
	Wall         time.Duration   `json:"wall_ns"`
	Operators    []OperatorStats `json:"operators,omitempty"`
	Functions    []FunctionStats `json:"functions,omitempty"`
}

// OperatorStats is one operator of one stage, over all its tasks and threads.
type OperatorStats struct {
	Stage   int    `json:"stage"`
	Index   int    `json:"index"` // from the stage's leaf, 0
	Kind    string `json:"kind"`
	RowsIn  int64  `json:"rows_in"`
	RowsOut int64  `json:"rows_out"`
	// BytesIn is what a scan read, and the rows that any other operator was given; BytesOut what it gave. A column that is not made
	// before somebody asks for it counts with the row numbers that stand for it.
	BytesIn  int64 `json:"bytes_in"`
	BytesOut int64 `json:"bytes_out"`
	// PeakBytes is the most at once, in one task and over its threads, of the memory that the operator had asked for: its state, and
	// the rows that it made, for as long as anybody holds them.
	PeakBytes int64         `json:"peak_bytes"`
	Rounds    int64         `json:"rounds,omitempty"`        // of a fix: those that added rows
	Spilled   int64         `json:"spilled_bytes,omitempty"` // written to disk
	Busy      time.Duration `json:"busy_ns"`                 // summed over threads
	Cache     *CacheUse     `json:"cache,omitempty"`         // of a scan of files that a cache of columns keeps
}

// CacheUse is what a scan had of a cache of decoded columns, in columns of batches, and what it had to decode.
type CacheUse struct {
	Hits   int64 `json:"hits"`
	Misses int64 `json:"misses"`
	Bytes  int64 `json:"bytes"` // of the hits
}

func (u *CacheUse) add(v CacheUse) {
	u.Hits, u.Misses, u.Bytes = u.Hits+v.Hits, u.Misses+v.Misses, u.Bytes+v.Bytes
}

// orNil is nil where there is no cache.
func (u CacheUse) orNil() *CacheUse {
	if u == (CacheUse{}) {
		return nil
	}
	return &u
}

// CacheUse adds up those of all scans.
func (s *Stats) CacheUse() (all CacheUse) {
	for _, o := range s.Operators {
		if o.Cache != nil {
			all.add(*o.Cache)
		}
	}
	return all
}

// FunctionStats is one user-defined function.
type FunctionStats struct {
	Function string        `json:"function"` // udf.Function.ID()
	Tier     string        `json:"tier"`
	Calls    int64         `json:"calls"` // of the runtime, one a batch
	Rows     int64         `json:"rows"`
	BytesIn  int64         `json:"bytes_in"`  // of arguments
	BytesOut int64         `json:"bytes_out"` // of results
	Busy     time.Duration `json:"busy_ns"`
	// What it took to make its module ready is told of one function of each module, once.
	Compile   time.Duration `json:"compile_ns,omitempty"`   // compiling, or loading what was compiled
	CacheHits int64         `json:"cache_hits,omitempty"`   // compiled code that came from the cache
	Queue     time.Duration `json:"queue_ns,omitempty"`     // waiting for a free interpreter or process
	PeakBytes int64         `json:"memory_bytes,omitempty"` // the most that an instance held
	Errors    int64         `json:"errors,omitempty"`       // rows, or whole calls, that failed
}

// NsPerRow is the function's own cost.
func (f FunctionStats) NsPerRow() float64 {
	if f.Rows == 0 {
		return 0
	}
	return float64(f.Busy) / float64(f.Rows)
}

// Add accumulates the statistics of another task of the same plan.
func (s *Stats) Add(t Stats) {
	s.RowsRead += t.RowsRead
	s.BytesRead += t.BytesRead
	s.PeakBytes = max(s.PeakBytes, t.PeakBytes)
	s.SpilledBytes += t.SpilledBytes
	s.Wall = max(s.Wall, t.Wall)
	s.RowsOut += t.RowsOut
	for _, o := range t.Operators {
		s.addOperator(o)
	}
	for _, f := range t.Functions {
		s.addFunction(f)
	}
}

func (s *Stats) addOperator(o OperatorStats) {
	for i := range s.Operators {
		if h := &s.Operators[i]; h.Stage == o.Stage && h.Index == o.Index {
			h.RowsIn += o.RowsIn
			h.RowsOut += o.RowsOut
			h.BytesIn += o.BytesIn
			h.BytesOut += o.BytesOut
			h.PeakBytes = max(h.PeakBytes, o.PeakBytes)
			h.Rounds += o.Rounds
			h.Spilled += o.Spilled
			h.Busy += o.Busy
			if o.Cache != nil {
				if h.Cache == nil {
					h.Cache = &CacheUse{}
				}
				h.Cache.add(*o.Cache)
			}
			return
		}
	}
	s.Operators = append(s.Operators, o)
}

func (s *Stats) addFunction(f FunctionStats) {
	for i := range s.Functions {
		if h := &s.Functions[i]; h.Function == f.Function && h.Tier == f.Tier {
			h.Calls += f.Calls
			h.Rows += f.Rows
			h.BytesIn += f.BytesIn
			h.BytesOut += f.BytesOut
			h.Busy += f.Busy
			h.made(f)
			return
		}
	}
	s.Functions = append(s.Functions, f)
}

// made adds all but calls, rows and time.
func (f *FunctionStats) made(g FunctionStats) {
	f.Compile += g.Compile
	f.CacheHits += g.CacheHits
	f.Queue += g.Queue
	f.PeakBytes = max(f.PeakBytes, g.PeakBytes)
	f.Errors += g.Errors
}
