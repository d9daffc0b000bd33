package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"maps"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sync"
)

// wire stands between a program and PostgreSQL, or a server of HTTP, and counts what passes. It
// reads the statements of PostgreSQL's protocol and changes nothing.
type wire struct {
	listener net.Listener
	dial     func() (net.Conn, error)
	postgres bool
	running  sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]bool
	sum   traffic
}

// traffic is what has passed so far.
type traffic struct {
	up, down   int64 // bytes to the server and back
	statements map[string]int
}

// since is what passed after an earlier moment.
func (t traffic) since(before traffic) traffic {
	statements := map[string]int{}
	for text, n := range t.statements {
		if more := n - before.statements[text]; more > 0 {
			statements[text] = more
		}
	}
	return traffic{t.up - before.up, t.down - before.down, statements}
}

func (t traffic) executed() (n int) {
	for _, times := range t.statements {
		n += times
	}
	return n
}

// wirePostgres listens in a folder of its own and returns the URL to use instead.
func wirePostgres(dir, database string) (*wire, string, error) {
	u, err := url.Parse(database)
	if err != nil {
		return nil, "", err
	}
	query := u.Query()
	const name = ".s.PGSQL.5432" // as PostgreSQL calls its socket
	behind := filepath.Join(query.Get("host"), name)
	own, err := os.MkdirTemp(dir, "wire-")
	if err != nil {
		return nil, "", err
	}
	listener, err := net.Listen("unix", filepath.Join(own, name))
	if err != nil {
		return nil, "", err
	}
	w := &wire{listener: listener, postgres: true, dial: func() (net.Conn, error) {
		return net.Dial("unix", behind) //nolint:noctx // local
	}}
	query.Set("host", own)
	u.RawQuery = query.Encode()
	w.run()
	return w, u.String(), nil
}

// wireHTTP listens on a port of its own and returns the URL to use instead.
func wireHTTP(site string) (*wire, string, error) {
	u, err := url.Parse(site)
	if err != nil {
		return nil, "", err
	}
	behind := u.Host
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", err
	}
	w := &wire{listener: listener, dial: func() (net.Conn, error) {
		return net.Dial("tcp", behind) //nolint:noctx // local
	}}
	u.Host = listener.Addr().String()
	w.run()
	return w, u.String(), nil
}

func (w *wire) run() {
	w.conns, w.sum.statements = map[net.Conn]bool{}, map[string]int{}
	w.running.Go(func() {
		for {
			client, err := w.listener.Accept()
			if err != nil {
				return // closed
			}
			server, err := w.dial()
			if err != nil {
				_ = client.Close()
				continue
			}
			w.running.Go(func() { w.carry(client, server) })
		}
	})
}

// close ends all connections and waits for them.
func (w *wire) close() {
	_ = w.listener.Close() // nobody else listens on it
	w.mu.Lock()
	for conn := range w.conns {
		_ = conn.Close() // which ends those who carry
	}
	w.mu.Unlock()
	w.running.Wait()
}

// now is what has passed up to this moment.
func (w *wire) now() traffic {
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.sum
	t.statements = maps.Clone(t.statements)
	return t
}

func (w *wire) carry(client, server net.Conn) {
	w.mu.Lock()
	w.conns[client], w.conns[server] = true, true
	w.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() {
		_, _ = io.Copy(counted{client, func(n int) { w.sum.down += int64(n) }, &w.mu}, server) // ends with either side
		_ = client.Close()
	})
	both.Go(func() {
		up := counted{server, func(n int) { w.sum.up += int64(n) }, &w.mu}
		if w.postgres {
			_ = w.statements(client, up) // ends with either side
		} else {
			_, _ = io.Copy(up, client)
		}
		_ = server.Close()
	})
	both.Wait()
	w.mu.Lock()
	delete(w.conns, client)
	delete(w.conns, server)
	w.mu.Unlock()
}

// counted is a writer whose bytes are counted before they go on: who has got an answer finds it counted.
type counted struct {
	to  io.Writer
	add func(n int)
	mu  *sync.Mutex
}

func (c counted) Write(p []byte) (int, error) {
	c.mu.Lock()
	c.add(len(p))
	c.mu.Unlock()
	return c.to.Write(p)
}

// statements carries one session's messages and counts what is executed.
func (w *wire) statements(from io.Reader, to io.Writer) error {
	in, out := bufio.NewReaderSize(from, 64<<10), bufio.NewWriterSize(to, 64<<10)
	if err := carryStartup(in, out); err != nil {
		return err
	}
	prepared, portals := map[string]string{}, map[string]string{}
	for {
		if in.Buffered() == 0 {
			if err := out.Flush(); err != nil {
				return err
			}
		}
		kind, body, err := carryMessage(in, out)
		if err != nil {
			return errors.Join(err, out.Flush())
		}
		name, rest, _ := bytes.Cut(body, []byte{0})
		second, _, _ := bytes.Cut(rest, []byte{0})
		switch kind {
		case 'P': // a statement is parsed under a name
			prepared[string(name)] = string(second)
		case 'B': // a portal is bound to a statement
			portals[string(name)] = prepared[string(second)]
		case 'E':
			w.executed(portals[string(name)])
		case 'Q':
			w.executed(string(name))
		}
	}
}

func (w *wire) executed(statement string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sum.statements[statement]++
}

// carryStartup passes on the first message, which has no kind.
func carryStartup(in *bufio.Reader, out *bufio.Writer) error {
	head, err := in.Peek(4)
	if err != nil {
		return err
	}
	_, err = io.CopyN(out, in, int64(binary.BigEndian.Uint32(head)))
	return err
}

// carryMessage passes on a message, and returns the body of those that speak of statements.
func carryMessage(in *bufio.Reader, out *bufio.Writer) (kind byte, body []byte, err error) {
	head, err := in.Peek(5)
	if err != nil {
		return 0, nil, err
	}
	kind = head[0]
	length := int64(binary.BigEndian.Uint32(head[1:])) + 1
	if !bytes.ContainsRune([]byte("PBEQ"), rune(kind)) {
		_, err = io.CopyN(out, in, length)
		return kind, nil, err
	}
	message := make([]byte, length)
	if _, err := io.ReadFull(in, message); err != nil {
		return kind, nil, err
	}
	_, err = out.Write(message)
	return kind, message[5:], err
}
