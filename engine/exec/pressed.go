package exec

// Pressed is the environment as if memory were always short: groups are shared out from the first, and operators put on disk whatever
// they can. With little data, tests so take the ways that otherwise only much takes. Without disk only the former.
func (e Env) Pressed() Env {
	e.tableGroups = 1
	e.alwaysTight = e.Scratch != nil
	return e
}
