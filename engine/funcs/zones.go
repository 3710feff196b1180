package funcs

import (
	"errors"
	"fmt"
	"sync"
	"time"
	_ "time/tzdata" // the same zones on every machine, also where it has none

	"github.com/apache/arrow-go/v18/arrow"
)

// A timestamp is a point in time and knows no zone. What clocks show in a zone is a timestamp too, "local": its parts are those of
// the clock. Zones go by their names in the IANA database; it is bundled.

var zones sync.Map

// zone is the location of argument k.
func (r row) zone(k int) (*time.Location, error) {
	name := r.str(k)
	if z, ok := zones.Load(name); ok {
		return z.(*time.Location), nil
	}
	if name == "" || name == "Local" || len(name) > 64 {
		return nil, errNoZone(name)
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		return nil, errNoZone(name)
	}
	zones.Store(z.String(), z) // only names that exist, so there is an end to them
	return z, nil
}

func errNoZone(name string) error {
	return fmt.Errorf("%.64q is no time zone; a zone is written as 'Europe/Amsterdam' or 'UTC'", name)
}

func offsetAt(us int64, z *time.Location) int64 {
	_, seconds := time.UnixMicro(us).In(z).Zone()
	return int64(seconds) * 1_000_000
}

var toZone = scalarFunc(datesFamily, "to_zone", "What clocks show in a time zone at a point in time, as a timestamp whose parts are those of the clock.",
	takes("(at: timestamp, zone: string) => timestamp", rowCells(func(r row) (int64, error) {
		z, err := r.zone(1)
		if err != nil {
			return 0, err
		}
		return instantIn(r.int(0)+offsetAt(r.int(0), z), nil)
	}), eg("to_zone(ts'2024-07-01T12:00:00Z', 'Europe/Amsterdam')", "ts'2024-07-01T14:00:00Z'"), eg("hour(to_zone(ts'2024-01-01T12:00:00Z', 'America/New_York'))", "7"),
		egFails("to_zone(now(), 'Mars/Phobos')", "is no time zone")).failing())

var fromZone = scalarFunc(datesFamily, "from_zone", "The point in time at which clocks in a time zone show a local time. Of two, when clocks go back, the first; where clocks skip it, as much later as they skip.",
	takes("(local: timestamp, zone: string) => timestamp", rowCells(func(r row) (int64, error) {
		z, err := r.zone(1)
		if err != nil {
			return 0, err
		}
		return instantIn(pointOf(r.int(0), z), nil)
	}), eg("from_zone(ts'2024-07-01T14:00:00Z', 'Europe/Amsterdam')", "ts'2024-07-01T12:00:00Z'"),
		eg("from_zone(ts'2024-10-27T02:30:00Z', 'Europe/Amsterdam')", "ts'2024-10-27T00:30:00Z'"), eg("from_zone(ts'2024-03-31T02:30:00Z', 'Europe/Amsterdam')", "ts'2024-03-31T01:30:00Z'"),
		egFails("from_zone(now(), 'Local')", "is no time zone")).failing())

// pointOf tries the offsets in force a day before and a day after: there is no other that the local time can have.
func pointOf(local int64, z *time.Location) int64 {
	early, late := offsetAt(local-dayMicros, z), offsetAt(local+dayMicros, z)
	best, found := local-early, false // where clocks skip the time, the offset before it holds
	for _, offset := range []int64{early, late} {
		if t := local - offset; offsetAt(t, z) == offset && (!found || t < best) {
			best, found = t, true
		}
	}
	return best
}

var zoneOffset = scalarFunc(datesFamily, "zone_offset", "How far clocks in a time zone are ahead of UTC at a point in time.",
	takes("(at: timestamp, zone: string) => duration", rowCells(func(r row) (arrow.MonthDayNanoInterval, error) {
		z, err := r.zone(1)
		if err != nil {
			return arrow.MonthDayNanoInterval{}, err
		}
		return arrow.MonthDayNanoInterval{Nanoseconds: offsetAt(r.int(0), z) * 1000}, nil
	}), eg("zone_offset(ts'2024-07-01T12:00:00Z', 'Europe/Amsterdam') == 2h", "true"), egFails("zone_offset(now(), '')", "is no time zone")).failing())

var isZone = scalarFunc(datesFamily, "is_zone", "Whether the text names a time zone of the IANA database.",
	takes("(zone: string) => bool", rowBits(func(r row) (bool, error) {
		_, err := r.zone(0)
		return err == nil, nil
	}), eg("is_zone('Asia/Tokyo')", "true"), eg("is_zone('Tokyo')", "false")))

var today = scalarFunc(datesFamily, "today", "The date of the run in UTC, or in a time zone; not the same in two runs.",
	Overload{Signature: "() => date", Volatile: true, Examples: []Example{eg("today() >= d'2020-01-01'", "true")}, Kernel: todayIn},
	Overload{Signature: "(zone: string) => date", Volatile: true, Fails: true, Examples: []Example{eg("abs(days_between(today(), today('Asia/Tokyo'))) <= 1", "true"), egFails("today('x')", "is no time zone")}, Kernel: todayIn})

func todayIn(c *Call) error {
	t, ok := c.State.(int64)
	if !ok {
		t = now()
		c.State = t
	}
	return rowCells(func(r row) (int32, error) {
		at := t
		if r.given(0) {
			z, err := r.zone(0)
			if err != nil {
				return 0, err
			}
			at += offsetAt(t, z)
		}
		return int32(floorDiv(at, dayMicros)), nil
	})(c)
}

var errPattern = errors.New("a pattern is made of yyyy yy MMMM MMM MM M dd d EEEE EEE HH H hh h a mm m ss s SSS SSSSSS DDD ww xxx, other signs, and 'text' in quotes")
