package catalog

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dreamql/dreamql/engine/logical"
)

// counting is a catalogue that counts what it is asked, and may be out of order.
type counting struct {
	Catalog
	asked  atomic.Int32
	broken atomic.Bool
}

func (c *counting) Table(_ context.Context, name string) (*logical.Table, error) {
	n := c.asked.Add(1)
	switch {
	case c.broken.Load():
		return nil, errors.New("out of order")
	case name == "none":
		return nil, ErrNotFound
	}
	return &logical.Table{Name: name, Rows: int64(n)}, nil
}

func TestRemember(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &counting{}
		r := Remember(c, time.Second)
		rows := func() int64 {
			table, err := r.Table(t.Context(), "a")
			if err != nil {
				t.Fatal(err)
			}
			return table.Rows
		}
		if rows() != 1 || rows() != 1 {
			t.Error("it asked twice")
		}
		time.Sleep(2 * time.Second) // of the test's own clock
		if rows() != 1 {
			t.Error("it did not give what it had")
		}
		synctest.Wait()
		if rows() != 2 {
			t.Error("it did not ask again")
		}
		r.Forget()
		if rows() != 3 {
			t.Error("it did not forget")
		}
		c.broken.Store(true)
		time.Sleep(2 * time.Second)
		rows()
		synctest.Wait()
		if rows() != 3 {
			t.Error("a failure took the place of what was known")
		}
		if _, err := r.Table(t.Context(), "b"); err == nil {
			t.Error("no error")
		}
		c.broken.Store(false)
		if _, err := r.Table(t.Context(), "b"); err != nil {
			t.Error("a failure was remembered:", err)
		}
		before := c.asked.Load()
		for range 2 {
			if _, err := r.Table(t.Context(), "none"); !errors.Is(err, ErrNotFound) {
				t.Error(err)
			}
		}
		if c.asked.Load() != before+1 {
			t.Error("what does not exist was asked for twice")
		}
	})
}
