package language

import (
	"context"
	"io"
	"time"

	"github.com/coder/websocket"
	"github.com/creachadair/jrpc2/channel"
)

// socket is messages over a WebSocket: one text message each, without headers.
type socket struct {
	ctx  context.Context
	conn *websocket.Conn
	idle *time.Timer
	wait time.Duration
}

const writeTime = 10 * time.Second // a client that takes no message for so long has gone

// Socket returns a channel over a WebSocket, which is closed once nothing has come for idle. Messages of more than MaxMessage close it too.
func Socket(ctx context.Context, conn *websocket.Conn, idle time.Duration) channel.Channel {
	conn.SetReadLimit(MaxMessage)
	s := &socket{ctx: ctx, conn: conn, wait: idle}
	s.idle = time.AfterFunc(idle, func() { conn.Close(websocket.StatusGoingAway, "nothing was said for a while") })
	return s
}

// Recv reads the next message.
func (s *socket) Recv() ([]byte, error) {
	kind, b, err := s.conn.Read(s.ctx)
	if err != nil {
		return nil, io.EOF // however it ended, there is no more
	}
	s.idle.Reset(s.wait)
	if kind != websocket.MessageText {
		s.conn.Close(websocket.StatusUnsupportedData, "messages are text")
		return nil, io.EOF
	}
	return b, nil
}

// Send writes a message.
func (s *socket) Send(msg []byte) error {
	ctx, cancel := context.WithTimeout(s.ctx, writeTime)
	defer cancel()
	return s.conn.Write(ctx, websocket.MessageText, msg)
}

// Close ends the connection.
func (s *socket) Close() error {
	s.idle.Stop()
	return s.conn.Close(websocket.StatusNormalClosure, "")
}
