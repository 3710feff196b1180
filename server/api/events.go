package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strconv"

	"github.com/dreamql/dreamql/server/problem"
	"github.com/dreamql/dreamql/server/run"
)

// GetRunEvents follows a run as server-sent events.
func (a *API) GetRunEvents(ctx context.Context, r GetRunEventsRequestObject) (GetRunEventsResponseObject, error) {
	after := max(value(r.Params.After, 0), 0)
	if id := value(r.Params.LastEventID, ""); id != "" {
		n, err := strconv.ParseInt(id, 10, 64)
		if err != nil || n < 0 {
			return nil, problem.New(problem.InvalidRequest, "Last-Event-ID must be the id of an event, a whole number.")
		}
		after = n
	}
	if _, err := a.Runs.Get(ctx, r.Run); err != nil {
		return nil, err
	}
	return events{a.Runs.Events(ctx, r.Run, after)}, nil
}

type events struct{ all iter.Seq2[run.Event, error] }

// VisitGetRunEventsResponse writes each event as it comes. A browser comes back by itself with the last id that it saw.
func (e events) VisitGetRunEventsResponse(w http.ResponseWriter) error {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	control := http.NewResponseController(w)
	w.WriteHeader(http.StatusOK)
	if _, err := fmt.Fprint(w, "retry: 1000\n\n"); err != nil {
		return err
	}
	for ev, err := range e.all {
		switch {
		case errors.Is(err, run.ErrIdle):
			_, err = fmt.Fprint(w, ": still here\n\n")
		case err != nil:
			return err
		default:
			err = writeEvent(w, ev)
		}
		if err != nil {
			return err
		}
		if err := control.Flush(); err != nil {
			return err
		}
	}
	_, err := fmt.Fprint(w, "event: end\ndata: {}\n\n")
	return errors.Join(err, control.Flush())
}

func writeEvent(w http.ResponseWriter, e run.Event) error {
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "id: %d\nevent: %s\ndata: %s\n\n", e.Seq, e.Type, data)
	return err
}
