package logical

// Recurs counts the places where a relation reads the rows so far of the Fix with the ID.
func Recurs(n Node, id int) int {
	if r, ok := n.(*Recur); ok && r.ID == id {
		return 1
	}
	count := 0
	for _, in := range n.Inputs() {
		count += Recurs(in, id)
	}
	return count
}
