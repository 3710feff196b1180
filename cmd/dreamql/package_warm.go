package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/registry"
	"github.com/dreamql/dreamql/runtimes/wasm"
)

func newPackageWarmCommand() *cobra.Command {
	var server, token string
	var onlyModule bool
	cmd := &cobra.Command{
		Use:   "warm [DIR | SCOPE/NAME@VERSION]…",
		Short: "Compile packages ahead, for this machine",
		Long: `Compiles the WebAssembly modules of packages into this machine's folder of compiled code, so that no query waits for it or begins
with the interpreter: packages in folders, or published ones, which are fetched from the server. Nothing of a package is run.

Workers do this by themselves for what their tasks need. The folder is DREAMQL_CACHE, or the user's cache; whoever may write there decides
what is executed. Code is kept for one version of the engine, architecture and processor: after an upgrade, warm again.`,
		Example: `  dreamql package warm geo
  dreamql package warm std/geo@1.0.0 acme/score@2.1.0 --server https://data.example.com --token dql_…`,
		Args: cobra.ArbitraryArgs,
	}
	cmd.Flags().StringVar(&server, "server", environment("DREAMQL_URL", "http://127.0.0.1:8080"), "the server's address (DREAMQL_URL)")
	cmd.Flags().StringVar(&token, "token", os.Getenv("DREAMQL_TOKEN"), "a token that may read packages (DREAMQL_TOKEN)")
	cmd.Flags().Lookup("token").DefValue = "" // --help must not print a secret
	cmd.Flags().BoolVar(&onlyModule, "module", false, "compile the one module on standard input, within limits")
	_ = cmd.Flags().MarkHidden("module") // workers start it so
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if onlyModule {
			return warmModule(cmd.Context(), cmd.InOrStdin())
		}
		if len(args) == 0 {
			args = []string{"."}
		}
		for _, arg := range args {
			p, err := packageToWarm(cmd.Context(), arg, server, token)
			if err != nil {
				return err
			}
			if err := warmPackage(cmd.Context(), cmd.OutOrStdout(), p); err != nil {
				return packageError(err)
			}
		}
		return nil
	}
	return cmd
}

// packageToWarm reads a folder, or fetches a version where there is no such folder.
func packageToWarm(ctx context.Context, arg, server, token string) (*registry.Package, error) {
	name, version, published := strings.Cut(arg, "@")
	if info, err := os.Stat(arg); err == nil && info.IsDir() || !published {
		p, err := registry.LoadDir(arg)
		if err != nil {
			return nil, packageError(err)
		}
		return p, nil
	}
	scope, short, err := registry.SplitName(name)
	if err != nil {
		return nil, usageError("%s is neither a folder nor a version like std/geo@1.0.0: %w", arg, err)
	}
	to, err := url.Parse(server)
	if err != nil || to.Host == "" || to.Scheme != "http" && to.Scheme != "https" {
		return nil, usageError("--server %s is not an address like http://127.0.0.1:8080", server)
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, to.JoinPath("api/v1/packages", scope, short, "versions", version, "archive").String(), nil)
	if err != nil {
		return nil, usageError("%w", err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("the server at %s cannot be reached: %w", to, err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(io.LimitReader(res.Body, maxAnswer)) // what has come may say why
		return nil, refused(res, body)
	}
	return registry.Read(res.Body)
}

// warmPackage compiles each WebAssembly module of a package with the drivers of its functions.
func warmPackage(ctx context.Context, out io.Writer, p *registry.Package) error {
	r := wasm.New(wasm.Options{CacheDir: compileCache()})
	defer r.Close(ctx)
	modules := 0
	for _, m := range p.Modules() {
		if m.Kind != udf.WASM {
			continue
		}
		modules++
		made, err := r.Warm(ctx, m, p.FunctionsOf(m))
		if err != nil {
			return fmt.Errorf("%s: %w", p.Ref(), err)
		}
		how := "compiled"
		if made.CacheHit {
			how = "was compiled before; read"
		}
		fmt.Fprintf(out, "%s: module %.12s of %d KB %s in %.1f ms\n", p.Ref(), m.Digest, (len(m.Code)+1023)>>10, how, millis(made.Compile))
	}
	if modules == 0 {
		fmt.Fprintf(out, "%s: there is nothing to compile\n", p.Ref())
	}
	return nil
}

// warmModule is the life of the process that a worker starts to compile a stranger's module: it can be killed for nothing.
func warmModule(ctx context.Context, in io.Reader) error {
	if err := limitCompiler(); err != nil {
		return err
	}
	code, err := io.ReadAll(io.LimitReader(in, 64<<20))
	if err != nil {
		return err
	}
	r := wasm.New(wasm.Options{CacheDir: compileCache()})
	defer r.Close(ctx)
	_, err = r.Warm(ctx, udf.Module{Kind: udf.WASM, Code: code}, nil)
	return err
}
