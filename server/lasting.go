package server

import (
	"errors"
	"time"
)

// What lasts are websockets, event streams and exports.
const (
	pingEvery   = 20 * time.Second // who only waits is spoken to
	writeTime   = 10 * time.Second // a client may take for a short message
	closingTime = 3 * time.Second  // and for the last ones
)

// timeToTake is how long a client may take for a message.
func timeToTake(bytes int) time.Duration {
	return writeTime + time.Duration(bytes/slowestBytesPerSecond)*time.Second
}

// errGoingDown ends what lasts.
var errGoingDown = errors.New("the server is going down")

// comeAgain is the last word to those who are followed no more.
const comeAgain = "the server is going down: connect again"

// errSlowClient ends what has a client whose outbox is full.
var errSlowClient = errors.New("messages were not taken in time: connect again")
