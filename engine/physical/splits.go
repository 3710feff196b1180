package physical

// splits deals whole batches to tasks so that each has about the same number of rows. Tasks are contiguous, so their
// outputs one after the other are in table order.
func splits(s *Stage, n int) [][]Split {
	if s.Table == nil {
		return [][]Split{nil}
	}
	keep := zoneFilter(s)
	var left int64
	for i := range s.Table.Segments {
		for j, b := range s.Table.Segments[i].Batches {
			if keep(i, j) {
				left += b.Rows
			}
		}
	}
	out := [][]Split{nil}
	var have int64
	for i := range s.Table.Segments {
		for j, b := range s.Table.Segments[i].Batches {
			if !keep(i, j) {
				continue
			}
			remaining := int64(n - len(out) + 1)
			if remaining > 1 && have > 0 && have+b.Rows/2 > (left+remaining-1)/remaining {
				left -= have
				have = 0
				out = append(out, nil)
			}
			task := &out[len(out)-1]
			if k := len(*task) - 1; k >= 0 && (*task)[k].Segment == i && (*task)[k].To == j {
				(*task)[k].To++
			} else {
				*task = append(*task, Split{Segment: i, From: j, To: j + 1})
			}
			have += b.Rows
		}
	}
	return out
}
