package funcs

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestCalendar compares the calendar with that of package time.
func TestCalendar(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.Int64Range(firstDay, lastDay).Draw(t, "day")
		at := time.Unix(d*86400, 0).UTC()
		y, m, n := civil(d)
		if int(y) != at.Year() || int(m) != int(at.Month()) || int(n) != at.Day() {
			t.Fatalf("day %d is %d-%d-%d, want %s", d, y, m, n, at)
		}
		if days(y, m, n) != d {
			t.Fatalf("day %d comes back as %d", d, days(y, m, n))
		}
		if w := (int64(at.Weekday())+6)%7 + 1; weekday(d) != w {
			t.Fatalf("weekday of %s is %d, want %d", at, weekday(d), w)
		}
		text := string(appendDate(nil, int32(d)))
		if back, ok := ParseDate(text); !ok || int64(back) != d || text != at.Format(time.DateOnly) {
			t.Fatalf("%s reads back as %d, %v", text, back, ok)
		}
		us := d*dayMicros + rapid.Int64Range(0, dayMicros-1).Draw(t, "time")
		if back, ok := ParseTimestamp(string(appendTimestamp(nil, us))); !ok || back != us {
			t.Fatalf("%s reads back as %d", appendTimestamp(nil, us), back)
		}
	})
}
