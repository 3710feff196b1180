// Package telemetry counts and logs what the service does. It must never log a token, a query's text or data: routes are
// logged as patterns, and requests by an id that the caller gets too.
package telemetry

import (
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics are the service's own numbers, with those of the Go runtime and the process.
type Metrics struct {
	Registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	work     work
}

// New makes a set of metrics of its own, so that tests do not share numbers.
func New() *Metrics {
	m := &Metrics{
		Registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "dreamql_http_requests_total", Help: "Requests by method, route and status."}, []string{"method", "route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "dreamql_http_request_seconds", Help: "Time to the whole answer, by route.",
			Buckets: prometheus.ExponentialBuckets(0.001, 2.5, 12)}, []string{"route"}),
		work: newWork(),
	}
	m.work.register(m.Registry)
	m.Registry.MustRegister(m.requests, m.seconds, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Handler is what Prometheus scrapes.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.Registry, promhttp.HandlerOpts{})
}

// Middleware gives each request an id, counts it, and logs it when it is done.
func (m *Metrics) Middleware(log *slog.Logger) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			begin := time.Now()
			id := uuid.NewString()
			c.Response().Header().Set(echo.HeaderXRequestID, id)
			if err := next(c); err != nil {
				c.Error(err) // here, so that the status below is the one that was sent
			}
			route, status, took := c.Path(), c.Response().Status, time.Since(begin)
			if route == "" {
				route = "none"
			}
			m.requests.WithLabelValues(method(c.Request().Method), route, strconv.Itoa(status)).Inc()
			m.seconds.WithLabelValues(route).Observe(took.Seconds())
			level := slog.LevelDebug
			if status == http.StatusInternalServerError {
				level = slog.LevelWarn
			}
			log.LogAttrs(c.Request().Context(), level, "request", slog.String("request", id), slog.String("method", c.Request().Method),
				slog.String("route", route), slog.Int("status", status), slog.Duration("took", took))
			return nil
		}
	}
}

// method keeps what a stranger can write from becoming a label without end.
func method(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return m
	}
	return "other"
}
