package server

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/dreamql/dreamql/registry"
	"github.com/dreamql/dreamql/registry/std"
	"github.com/dreamql/dreamql/server/notebook"
)

//go:embed notebook/welcome.dql.md
var welcome []byte

// setup is what the first start is doing.
type setup struct {
	mu   sync.Mutex
	now  string
	done bool
}

func (s *setup) state() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done {
		return "ok"
	}
	return "starting" + s.now
}

func (s *setup) doing(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = ": " + what
}

func (s *setup) finished() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done = true
}

// firstStart puts in place what a person finds at the first start; at later ones it finds everything there. Without a
// worker in this process the packages wait until one comes, and the service is ready without them.
func (s *service) firstStart(ctx context.Context) error {
	s.setup.doing("importing sample data")
	if s.config.Samples != "" {
		if err := s.api.Datasets.ImportSamples(ctx, s.owner, s.config.Samples, s.config.Log); err != nil {
			return fmt.Errorf("sample data: %w", err)
		}
	}
	if err := s.openWelcome(ctx); err != nil {
		return fmt.Errorf("welcome notebook: %w", err)
	}
	s.setup.doing("publishing the standard packages")
	if s.config.Work == nil {
		s.ready()
	}
	if err := s.publishStandard(ctx); err != nil {
		return fmt.Errorf("standard packages: %w", err)
	}
	s.ready()
	return nil
}

// ready tells, once, that the service can be used.
func (s *service) ready() {
	if s.setup.state() == "ok" {
		return
	}
	s.setup.finished()
	if s.config.Ready != nil {
		s.config.Ready(s.address(s.listening))
	}
}

// openWelcome makes the tour, unless there has ever been a notebook.
func (s *service) openWelcome(ctx context.Context) error {
	var any bool
	if err := s.db.QueryRow(ctx, `SELECT EXISTS (SELECT FROM notebooks)`).Scan(&any); err != nil || any {
		return err
	}
	c, err := notebook.Decode(welcome)
	if err != nil {
		return err
	}
	n, err := s.api.Notebooks.Create(ctx, s.owner, c)
	if err == nil {
		s.landing = "/notebooks/" + n.ID
	}
	return err
}

// publishStandard takes the packages that come with DreamQL through the gate that strangers' packages pass.
func (s *service) publishStandard(ctx context.Context) error {
	packages, err := std.Packages()
	if err != nil {
		return err
	}
	for _, p := range packages {
		for {
			_, err := s.api.Publisher.PublishPackage(ctx, p, registry.Account{ID: s.owner.AccountID, Owner: true})
			var rejected *registry.Rejected
			switch {
			case err == nil:
				s.config.Log.Info("published", "package", p.Ref().String())
			case errors.Is(err, registry.ErrExists):
			case ctx.Err() != nil:
				return ctx.Err()
			case errors.As(err, &rejected) || s.config.Work != nil:
				// Without Python, for example, all but the Python package can be used.
				s.config.Log.Error("a standard package cannot be used on this machine", "package", p.Ref().String(), "error", err)
			default:
				// Workers that are started beside this server may come later than it.
				s.config.Log.Warn("a standard package could not be published yet; trying again", "package", p.Ref().String(), "error", err)
				select {
				case <-ctx.Done():
					return ctx.Err()
				case <-time.After(2 * time.Second):
					continue
				}
			}
			break
		}
	}
	return nil
}
