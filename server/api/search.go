package api

import (
	"context"

	"github.com/dreamql/dreamql/server/problem"
)

// SearchDataset answers the JSON search DSL.
func (a *API) SearchDataset(context.Context, SearchDatasetRequestObject) (SearchDatasetResponseObject, error) {
	return nil, problem.New(problem.Unavailable, "Search is not available on this server.")
}
