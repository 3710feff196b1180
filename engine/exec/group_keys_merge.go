package exec

// insertKeys is insert for all groups of o, which was given columns of the same types: keys are taken over as they are packed, and
// of a column with codes the values are looked up once each. It reports whether it could; if not, no group has come.
func (k *groupKeys) insertKeys(mem *budget, o *groupKeys, out []uint32, fresh []int32) (bool, []int32) {
	if k.n == 0 || o.n == 0 || len(k.columns) == 0 {
		return false, fresh
	}
	for i, c := range k.columns {
		if d := o.columns[i]; (c.codes == nil) != (d.codes == nil) || c.codes == nil && c.texts != d.texts {
			return false, fresh
		}
	}
	k.coming = o.n
	for i, c := range k.columns {
		if d := o.columns[i]; c.codes != nil {
			c.codesOf(mem, d)
		}
	}
	if k.words == 0 { // and those of o are in the order of its groups, too
		return true, k.insertCodes(out, fresh)
	}
	for !k.packFrom(o) {
		for i, c := range k.columns {
			if c.codes == nil && !c.reach(o, i) {
				return false, fresh
			}
		}
		k.widen(mem)
	}
	return true, k.insertPacked(out, fresh)
}

// codesOf makes the batch the codes of the values of d, in the order of their codes there.
func (c *keyColumn) codesOf(mem *budget, d *keyColumn) {
	var batch []uint32
	for _, values := range d.values {
		c.code(mem, values)
		batch = append(batch, c.batch...)
	}
	c.batch, c.encoded = batch, c.encoded || d.encoded
}

// reach makes the batch the least and the greatest number of column i of o; it reports whether they and those that have come are numbers
// still, and not to be coded.
func (c *keyColumn) reach(o *groupKeys, i int) bool {
	d := o.columns[i]
	c.rows, c.ints, c.absent, c.strange = nil, []int64(nil), false, false
	lo, hi := uint64(1)<<maxKeyBits, uint64(0)
	for g := range o.n {
		if v := o.number(d, g); v != 0 {
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	if hi == 0 {
		return true
	}
	least, most := int64(lo+d.base-1), int64(hi+d.base-1)
	c.ints = []int64{least, most}
	if c.some {
		least, most = min(least, c.lo), max(most, c.hi)
	}
	return uint64(most)-uint64(least) < 1<<maxKeyBits
}

// packFrom writes the words of the groups of o, whose columns with codes have been translated; it reports whether every number fits.
func (k *groupKeys) packFrom(o *groupKeys) bool {
	k.room(o.n)
	if k.words == 1 {
		clear(k.packed)
	}
	var over uint64
	for i, c := range k.columns {
		d := o.columns[i]
		from, to, mask := d.word, c.word, uint64(1)<<d.bits-1
		if c.codes == nil {
			more := d.base - c.base
			for range o.n {
				v := o.keys[from] >> d.shift & mask
				if v != 0 { // which is absent, whatever the base
					if !c.some {
						return false
					}
					v += more
					over |= (v | (v - 1)) >> c.bits
				}
				k.packed[to] |= v << c.shift
				from, to = from+o.words, to+k.words
			}
			continue
		}
		for range o.n {
			v := uint64(c.batch[o.keys[from]>>d.shift&mask])
			over |= v >> c.bits
			k.packed[to] |= v << c.shift
			from, to = from+o.words, to+k.words
		}
	}
	return over == 0
}
