package e2e_test

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/dreamql/dreamql/server/local"
)

type composeService struct {
	Image, Build string
	Command      []string
	Environment  map[string]string
	Volumes      []string
	Healthcheck  struct{ Test []string }
	Deploy       struct{ Replicas int }
	DependsOn    map[string]struct{ Condition string } `yaml:"depends_on"`
}

func compose(t *testing.T) (services map[string]composeService, volumes map[string]any, text string) {
	t.Helper()
	raw, err := os.ReadFile("../docker-compose.yml")
	must(t, err)
	var file struct {
		Services map[string]composeService
		Volumes  map[string]any
	}
	must(t, yaml.Unmarshal(raw, &file))
	return file.Services, file.Volumes, string(raw)
}

func TestComposeFile(t *testing.T) {
	t.Parallel()
	services, volumes, text := compose(t)
	for _, name := range []string{"postgres", "redis", "server", "worker"} {
		s, ok := services[name]
		if !ok {
			t.Fatalf("there is no service %s", name)
		}
		if len(s.Healthcheck.Test) < 2 {
			t.Errorf("%s has no health check", name)
		}
		if len(s.Volumes) == 0 {
			t.Errorf("%s keeps nothing", name)
		}
		for _, v := range s.Volumes {
			if volume, _, _ := strings.Cut(v, ":"); !has(volumes, volume) {
				t.Errorf("%s uses the volume %s, which is not declared", name, volume)
			}
		}
		for other, c := range s.DependsOn {
			if _, ok := services[other]; !ok || c.Condition != "service_healthy" {
				t.Errorf("%s waits for %s to be %s", name, other, c.Condition)
			}
		}
		for variable, value := range s.Environment {
			secret := strings.Contains(variable, "PASSWORD") || strings.Contains(variable, "TOKEN")
			if secret && !regexp.MustCompile(`^\$\{`+variable+`:\?.+\}$`).MatchString(value) {
				t.Errorf("%s of %s has a default: %s", variable, name, value)
			}
		}
	}
	if got := strings.Join(services["redis"].Command, " "); !strings.Contains(got, "--appendonly yes") {
		t.Errorf("Redis runs without an append-only file: %s", got)
	}
	if services["worker"].Deploy.Replicas < 2 {
		t.Error("there is only one worker")
	}
	if regexp.MustCompile(`://[^$\s]*:[^$\s@{]+@`).MatchString(text) {
		t.Error("a URL has a password in it")
	}
	for _, name := range []string{"server", "worker"} {
		s := services[name]
		out, err := exec.Command(binary(), s.Command[0], "--help").CombinedOutput()
		must(t, err)
		for _, word := range s.Command[1:] {
			if strings.HasPrefix(word, "--") && !strings.Contains(string(out), word+" ") {
				t.Errorf("dreamql %s has no %s", s.Command[0], word)
			}
		}
		serve, err := exec.Command(binary(), "serve", "--help").CombinedOutput()
		must(t, err)
		for variable := range s.Environment {
			if !strings.Contains(string(serve), variable+" ") {
				t.Errorf("the help does not know %s", variable)
			}
		}
	}
}

func has(m map[string]any, key string) bool { _, ok := m[key]; return ok }

var healthURL = regexp.MustCompile(`http://127\.0\.0\.1:\d+(/\S+)`)

// TestHealthChecksAnswer asks a server and a worker of separate processes what the compose file asks them.
func TestHealthChecksAnswer(t *testing.T) {
	services, _, _ := compose(t)
	path := func(name string) string {
		m := healthURL.FindStringSubmatch(strings.Join(services[name].Healthcheck.Test, " "))
		if m == nil {
			t.Fatalf("the health check of %s asks no address", name)
		}
		return m[1]
	}
	dir := dataFolder(t)
	shared, err := local.Start(t.Context(), local.Config{DataDir: dir + "-services"})
	must(t, err)
	t.Cleanup(shared.Close)
	env := []string{"DATABASE_URL=" + shared.DatabaseURL, "REDIS_URL=" + shared.RedisURL, "DREAMQL_BLOBS=file://" + dir + "-blobs"}
	addr, err := freeAddr()
	must(t, err)
	worker, err := launch([]string{"worker", "--listen", addr}, env)
	must(t, err)
	t.Cleanup(worker.stop)
	server, err := startServer(dir, env, "--samples=false", "--worker", "off")
	must(t, err)
	t.Cleanup(server.stop)
	for name, url := range map[string]string{"server": server.url + path("server"), "worker": "http://" + addr + path("worker")} {
		must(t, eventually(time.Minute, func() error {
			res, err := http.Get(url)
			if err != nil {
				return err
			}
			defer res.Body.Close()
			if res.StatusCode != http.StatusOK {
				t.Errorf("%s of the %s: %s", url, name, res.Status)
			}
			return nil
		}))
	}
}

func TestDockerfile(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../Dockerfile")
	must(t, err)
	ignored, err := os.ReadFile("../.dockerignore")
	must(t, err)
	text := string(raw)
	for _, m := range regexp.MustCompile(`(?m)^COPY (.+) \S+$`).FindAllStringSubmatch(text, -1) {
		stage := strings.HasPrefix(m[1], "--from")
		for _, source := range strings.Fields(m[1]) {
			if strings.HasPrefix(source, "--") || stage && !strings.Contains(source, "/node_modules/") {
				continue
			}
			source = strings.TrimPrefix(source, "/src/")
			if _, err := os.Stat(filepath.Join("..", source)); err != nil {
				t.Errorf("it copies %s, which is not there", source)
			}
			if !stage && strings.Contains("\n"+string(ignored), "\n"+source+"\n") {
				t.Errorf("it copies %s, which .dockerignore leaves out", source)
			}
		}
	}
	if strings.Contains(text, "--omit=optional") {
		t.Error("npm leaves out the optional packages, of which the web build's compilers are some")
	}
	mod, err := os.ReadFile("../go.mod")
	must(t, err)
	wanted := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(string(mod))[1]
	if !strings.Contains(text, "FROM golang:"+wanted+"-") {
		t.Errorf("go.mod wants Go %s, and the image is another", wanted)
	}
	npm, err := os.ReadFile("../package.json")
	must(t, err)
	var pkg struct{ Engines struct{ Node string } }
	must(t, json.Unmarshal(npm, &pkg))
	if !strings.Contains(text, "FROM node:22-") || pkg.Engines.Node != ">=20.19" {
		t.Errorf("package.json wants Node %s; the image has to satisfy that", pkg.Engines.Node)
	}
	if !regexp.MustCompile(`(?m)^USER dreamql$`).MatchString(text) {
		t.Error("the service runs as root")
	}
}
