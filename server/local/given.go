package local

import (
	"context"
	"fmt"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
)

// answerTime is how long a given service may take to answer at the start.
const answerTime = 5 * time.Second

// CheckGiven asks the services that DATABASE_URL and REDIS_URL name, where they are set, whether they are there. Its errors name the
// place but never the password.
func CheckGiven(ctx context.Context, databaseURL, redisURL string) error {
	if databaseURL != "" {
		if err := askPostgres(ctx, databaseURL); err != nil {
			return err
		}
	}
	if redisURL != "" {
		return askRedis(ctx, redisURL)
	}
	return nil
}

func askPostgres(ctx context.Context, url string) error {
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return fmt.Errorf("DATABASE_URL is not a PostgreSQL URL; write it like postgres://user:password@127.0.0.1:5432/dreamql")
	}
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return fmt.Errorf("PostgreSQL at %s:%d cannot be used by %s with database %s (%s); start it, or mend DATABASE_URL, or unset it to use one of DreamQL's own",
			cfg.Host, cfg.Port, cfg.User, cfg.Database, reason(ctx, err))
	}
	return conn.Close(ctx)
}

func askRedis(ctx context.Context, url string) error {
	opt, err := redis.ParseURL(url)
	if err != nil {
		return fmt.Errorf("REDIS_URL is not a Redis URL; write it like redis://127.0.0.1:6379/0")
	}
	opt.MaxRetries, opt.DialerRetries = -1, 1
	opt.ContextTimeoutEnabled = true
	client := redis.NewClient(opt)
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	if err := client.Ping(ctx).Err(); err != nil {
		return fmt.Errorf("Redis at %s does not answer (%s); start it, or mend REDIS_URL, or unset it to use one of DreamQL's own", opt.Addr, reason(ctx, err))
	}
	return nil
}

// reason is the last line of what a driver says, which is the cause.
func reason(ctx context.Context, err error) string {
	if timeout, ok := err.(net.Error); ctx.Err() != nil || ok && timeout.Timeout() {
		return "no answer within " + answerTime.String()
	}
	lines := strings.Split(strings.TrimSpace(err.Error()), "\n")
	last := lines[len(lines)-1]
	for _, cause := range []string{"connection refused", "no such host", "no such file or directory"} {
		if strings.Contains(last, cause) {
			return cause
		}
	}
	if _, cause, ok := strings.Cut(last, "): "); ok {
		return cause
	}
	return strings.TrimSpace(last)
}

// Explain puts what a full disk causes, wherever it showed, into the words of Start.
func Explain(dir string, err error) error {
	if err != nil && strings.Contains(strings.ToLower(err.Error()), "no space left on device") {
		return folderError(dir, syscall.ENOSPC)
	}
	return err
}
