package check

import (
	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/types"
)

// postgres is a table of a database: postgres('connection', 'schema.table').
func (c *checker) postgres(s *stageCall) value {
	args, ok := c.positional(s)
	if !ok {
		return unknown{}
	}
	connection, ok1 := c.constantText(args[0], s)
	relation, ok2 := c.constantText(args[1], s)
	if !ok1 || !ok2 {
		return unknown{}
	}
	if c.site != (span{}) {
		return c.report(errPostgres(s.node.Place(), "a package cannot read databases", "read the table in the program, and give it to the function"))
	}
	k := "postgres " + connection + " " + relation
	if c.tables[k] == nil {
		t, err := catalog.PostgresOf(c.ctx, c.cat, connection, relation)
		if err != nil {
			return c.report(errPostgres(s.node.Place(), "the table '"+clip(relation)+"' cannot be read: "+clip2(err.Error()), helpOf(err, "check the name of the connection and of the table, and what its user may read")))
		}
		c.tables[k] = &table{node: &logical.Scan{Table: t, Columns: t.Columns, Span: s.node.Place()}, size: 1}
	}
	c.reads(s.node, relation)
	return c.tables[k]
}

func (c *checker) constantText(e syntax.Expr, s *stageCall) (string, bool) {
	v := c.eval(e, s.env.tables())
	if x, ok := v.(*scalar); ok && x.e.Op == logical.OpLiteral && x.e.T.Kind == types.String {
		return *x.e.Lit.Text, true
	}
	if !isUnknown(v) {
		c.report(errPostgresName(e.Place()))
	}
	return "", false
}
