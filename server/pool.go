package server

import (
	"context"
	"fmt"
	"syscall"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sys/unix"
)

// pool holds connections to PostgreSQL. Those that the server has closed while they were idle, as a restart does, are passed over.
func pool(ctx context.Context, dsn string, settings map[string]string) (*pgxpool.Pool, error) {
	c, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("DATABASE_URL is not a PostgreSQL URL: %w", err)
	}
	c.MaxConns, c.MinIdleConns = 16, 2
	c.PrepareConn = func(_ context.Context, conn *pgx.Conn) (bool, error) { return quiet(conn.PgConn().Conn()), nil }
	for k, v := range settings {
		c.ConnConfig.RuntimeParams[k] = v
	}
	return pgxpool.NewWithConfig(ctx, c)
}

// quiet reports whether an idle connection has nothing to read: neither its end nor the words that come before it. It costs no
// round trip. Of an encrypted connection it cannot tell.
func quiet(conn any) bool {
	s, ok := conn.(syscall.Conn)
	if !ok {
		return true
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return false
	}
	is := false
	err = raw.Control(func(fd uintptr) {
		_, _, err := unix.Recvfrom(int(fd), make([]byte, 1), unix.MSG_PEEK|unix.MSG_DONTWAIT)
		is = err == unix.EAGAIN || err == unix.EINTR
	})
	return err == nil && is
}
