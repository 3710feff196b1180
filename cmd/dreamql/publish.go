package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/dreamql/dreamql/registry"
)

func newPublishCommand() *cobra.Command {
	var server, token string
	cmd := &cobra.Command{
		Use:   "publish [DIR]",
		Short: "Publish a package to a server",
		Long: `Builds what is out of date, packs the folder and sends it to the server, which runs the package's examples and then makes
the version visible. A version can be published once; change the number in dreamql.toml to publish again.

The token needs the scope "publish". The server prints its first one, within the address to open, when it starts.`,
		Example: `  dreamql publish geo
  dreamql publish geo --server https://data.example.com --token dql_…`,
		Args: maxArgs(1, "at most one folder"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if token == "" {
				return usageError("no token was given: set DREAMQL_TOKEN or use --token; the server prints one when it starts")
			}
			to, err := url.Parse(server)
			if err != nil || to.Host == "" || to.Scheme != "http" && to.Scheme != "https" {
				return usageError("--server %s is not an address like http://127.0.0.1:8080", server)
			}
			p, err := loadFresh(cmd, folder(args))
			if err != nil {
				return err
			}
			published, err := publish(cmd.Context(), to, token, p)
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "published %s (SHA-256 %s)\n", p.Ref(), published.Digest)
			if published.Import != "" {
				fmt.Fprintf(cmd.OutOrStdout(), "  %s\n", published.Import)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&server, "server", environment("DREAMQL_URL", "http://127.0.0.1:8080"), "the server's address (DREAMQL_URL)")
	cmd.Flags().StringVar(&token, "token", os.Getenv("DREAMQL_TOKEN"), "a token with the scope publish (DREAMQL_TOKEN)")
	// --help must not print a secret.
	cmd.Flags().Lookup("token").DefValue = ""
	return cmd
}

func environment(name, otherwise string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return otherwise
}

// receipt is what the command needs of the server's answer.
type receipt struct {
	Digest string `json:"digest"`
	Import string `json:"import"`
}

// refusal is what the command shows of a problem document.
type refusal struct {
	Title  string `json:"title"`
	Detail string `json:"detail"`
	Checks []struct {
		Name    string `json:"name"`
		OK      bool   `json:"ok"`
		Message string `json:"message"`
	} `json:"checks"`
}

const maxAnswer = 8 << 20

func publish(ctx context.Context, server *url.URL, token string, p *registry.Package) (*receipt, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, server.JoinPath("api/v1/packages").String(), bytes.NewReader(p.Archive))
	if err != nil {
		return nil, usageError("%w", err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/octet-stream")
	req.Header.Set("Idempotency-Key", uuid.NewString())
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("the server at %s cannot be reached: %w", server, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("the server at %s broke off: %w", server, err)
	}
	if res.StatusCode != http.StatusCreated {
		return nil, refused(res, body)
	}
	var r receipt
	if err := json.Unmarshal(body, &r); err != nil {
		return nil, fmt.Errorf("the server at %s gave an answer that is not DreamQL's: %w", server, err)
	}
	return &r, nil
}

func refused(res *http.Response, body []byte) error {
	var r refusal
	if json.Unmarshal(body, &r) != nil || r.Detail == "" && r.Title == "" {
		return fmt.Errorf("the server answered %s; is it DreamQL?", res.Status)
	}
	message := r.Detail
	if message == "" {
		message = r.Title
	}
	for _, c := range r.Checks {
		if !c.OK {
			message += fmt.Sprintf("\n  FAIL %s: %s", c.Name, strings.TrimSpace(c.Message))
		}
	}
	if res.StatusCode >= 500 {
		return fmt.Errorf("%s", message)
	}
	return packageError(fmt.Errorf("%s", message))
}
