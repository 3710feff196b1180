package api

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// Limits are the largest bodies, in bytes, that are read from a stranger.
type Limits struct {
	JSON    int64 // queries, notebooks
	Package int64 // archives
	Upload  int64 // datasets
}

// DefaultLimits fit one machine.
var DefaultLimits = Limits{JSON: 4 << 20, Package: 64 << 20, Upload: 8 << 30}

// Bounded refuses bodies that are too large, before they are read where their length is announced.
func Bounded(l Limits) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			limit := l.JSON
			switch r.Method + " " + c.Path() {
			case "POST /api/v1/datasets":
				limit = l.Upload
			case "POST /api/v1/packages":
				limit = l.Package
			}
			if r.ContentLength > limit {
				return &http.MaxBytesError{Limit: limit}
			}
			r.Body = http.MaxBytesReader(c.Response(), r.Body, limit)
			return next(c)
		}
	}
}

// contextWithoutEnd outlives a caller that hangs up, for what must be written down all the same.
func contextWithoutEnd(c echo.Context, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(c.Request().Context()), d)
}
