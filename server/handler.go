package server

import (
	"io/fs"
	"net/http"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/dreamql/dreamql/server/api"
	"github.com/dreamql/dreamql/server/telemetry"
)

// Handler is the whole HTTP side: the interface, and the web application in files.
func Handler(a *api.API, db *pgxpool.Pool, metrics *telemetry.Metrics, files fs.FS, limits api.Limits) http.Handler {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = api.HandleError(a.Log)
	e.Use(
		metrics.Middleware(a.Log),
		middleware.RecoverWithConfig(middleware.RecoverConfig{DisablePrintStack: true, LogErrorFunc: func(c echo.Context, err error, stack []byte) error {
			a.Log.Error("a handler panicked", "route", c.Path(), "error", err, "stack", string(stack))
			return err
		}}),
		headers,
		session(a.Accounts),
		api.Authenticate(a.Accounts),
		api.Bounded(limits),
		middleware.GzipWithConfig(middleware.GzipConfig{Level: 1, MinLength: 1024, Skipper: uncompressed}),
		api.Idempotent(db),
	)
	e.GET("/api/v1/language", a.Language)
	api.RegisterHandlers(e, api.NewStrictHandler(a, nil))
	e.GET("/*", application(files))
	return e
}

// uncompressed are streams, which a compressor would hold back, and Arrow, which is asked for on the same machine or wire.
func uncompressed(c echo.Context) bool {
	return strings.HasSuffix(c.Path(), "/events") || c.Path() == "/api/v1/language" || c.QueryParam("format") == "arrow"
}
