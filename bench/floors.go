package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/redis/go-redis/v9"
)

const floorCommand = "floors"

// floorConnections of F-sql: on two cores more give the same throughput and a longer tail.
const floorConnections = 4

// floors answer with as little work as the same bytes allow: by one statement, from Redis, from
// memory.
type floors struct {
	pool      *pgxpool.Pool
	redis     *redis.Client
	questions map[string]question

	mu     sync.RWMutex
	memory map[string][]byte
}

// serveFloors is the process of the floors. It prints the address it listens on.
func serveFloors(ctx context.Context, args []string) error {
	var database, redisURL string
	flags := flag.NewFlagSet(floorCommand, flag.ContinueOnError)
	flags.StringVar(&database, "database", "", "mirror to read")
	flags.StringVar(&redisURL, "redis", "", "Redis to read")
	if err := flags.Parse(args); err != nil {
		return err
	}
	f := &floors{questions: map[string]question{}, memory: map[string][]byte{}}
	for _, q := range questions() {
		f.questions[q.name] = q
	}
	config, err := pgxpool.ParseConfig(database)
	if err != nil {
		return err
	}
	config.MinConns, config.MaxConns = floorConnections, floorConnections
	config.ConnConfig.RuntimeParams["jit"] = "off"
	if f.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return err
	}
	defer f.pool.Close()
	options, err := redis.ParseURL(redisURL)
	if err != nil {
		return err
	}
	f.redis = redis.NewClient(options)
	defer f.redis.Close()
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("http://" + listener.Addr().String())
	server := &http.Server{Handler: f.routes(), ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func (f *floors) routes() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("GET /sql/{question}", f.bySQL)
	m.HandleFunc("GET /redis/{key}", f.byRedis)
	m.HandleFunc("GET /mem/{key}", f.byMemory)
	m.HandleFunc("PUT /answer/{key}", f.keep)
	return m
}

func (f *floors) bySQL(w http.ResponseWriter, r *http.Request) {
	q, known := f.questions[r.PathValue("question")]
	if !known {
		http.NotFound(w, r)
		return
	}
	answer, err := q.answer(r.Context(), f.pool, r.URL.Query()["a"])
	respond(w, answer, err)
}

func (f *floors) byRedis(w http.ResponseWriter, r *http.Request) {
	answer, err := f.redis.Get(r.Context(), redisKey(r.PathValue("key"))).Bytes()
	respond(w, answer, err)
}

func (f *floors) byMemory(w http.ResponseWriter, r *http.Request) {
	f.mu.RLock()
	answer := f.memory[r.PathValue("key")]
	f.mu.RUnlock()
	respond(w, answer, nil)
}

// keep stores an answer for the floors that return it.
func (f *floors) keep(w http.ResponseWriter, r *http.Request) {
	key := r.PathValue("key")
	answer, err := io.ReadAll(r.Body)
	if err == nil {
		err = f.redis.Set(r.Context(), redisKey(key), answer, 0).Err()
	}
	f.mu.Lock()
	f.memory[key] = answer
	f.mu.Unlock()
	respond(w, nil, err)
}

func redisKey(key string) string { return "floor:" + key }

func respond(w http.ResponseWriter, answer []byte, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Content-Length", strconv.Itoa(len(answer)))
	_, _ = w.Write(answer) // who has left hears nothing
}

// sqlPath is where F-sql answers a question.
func sqlPath(q question, a arguments) string {
	return "/sql/" + q.name + "?" + url.Values{"a": a.sql}.Encode()
}

// answerKey names one answer among those that the floors keep.
func answerKey(q question, n int) string { return q.name + "-" + strconv.Itoa(n) }
