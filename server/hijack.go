package server

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
)

// What a client and we say to each other while it watches are a few hundred bytes at a time. Of
// thousands of clients, most only wait: the two times 4 KB that a request is given would be half of
// what each of them costs.
const (
	watcherReads  = 256
	watcherWrites = 512
)

// slimHijacker hands over a connection with small buffers.
type slimHijacker struct{ http.ResponseWriter }

// Hijack keeps what the client sent without waiting for our answer.
func (s slimHijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, request, err := http.NewResponseController(s.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	early := make([]byte, request.Reader.Buffered())
	if _, err := io.ReadFull(request.Reader, early); err != nil {
		return nil, nil, err
	}
	reader := bufio.NewReaderSize(io.MultiReader(bytes.NewReader(early), conn), max(watcherReads, len(early)))
	if _, err := reader.Peek(len(early)); err != nil { // into its buffer, which is all that the library takes over
		return nil, nil, err
	}
	return conn, bufio.NewReadWriter(reader, bufio.NewWriterSize(conn, watcherWrites)), nil
}
