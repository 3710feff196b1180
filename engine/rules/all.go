package rules

// All is every rule, in the order in which they are tried at a node.
var All = []*Rule{
	FoldConstants,
	SimplifyBooleans,
	RemoveFilter,
	MergeFilters,
	OrderPredicates,
	PushFilterThroughProject,
	PushFilterIntoJoin,
	PushFilterBelowAggregate,
	PushFilterBelowWindow,
	PushFilterIntoUnion,
	PushFilterBelowSort,
	PushFilterIntoFix,
	PushFilterIntoScan,
	PushLimitThroughProject,
	SortLimitToTopN,
	PruneColumns,
	MergeProjects,
	RemoveProject,
}
