package server

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"sync"

	"github.com/99designs/gqlgen/graphql"

	"jirasync/auth"
	"jirasync/cache"
	"jirasync/graph"
)

// live runs subscriptions. Equal ones (same operation, variables and sight) share one execution:
// an event is encoded once, however many watch.
type live struct {
	answers *answers
	metrics *metrics
	held    held // the answers of all websockets
	running sync.WaitGroup
	mu      sync.Mutex
	streams map[string]*stream
}

func newLive(a *answers, m *metrics) *live {
	return &live{answers: a, metrics: m, streams: map[string]*stream{}}
}

// stream is one execution and who watches it.
type stream struct {
	key      string
	cancel   context.CancelFunc
	hears    chan struct{}         // closed once no news is missed any more
	watchers map[*watcher]struct{} // guarded by live.mu
}

// watcher takes what a subscription says. Its functions must not wait.
type watcher struct {
	next func(payload []byte) // a result, as JSON
	end  func(err error)      // nil: there is nothing more to say

	mu     sync.Mutex
	opened bool     // the present state has been sent
	queued [][]byte // news that came before it was
	last   []byte   // of the present state; nil once something else was said
	ended  bool     // the news are over, for the reason why
	why    error
}

// watch opens a subscription: the present state first, then the news. It lasts until stop is called; ctx
// bounds only the opening. An operation that is refused opens nothing: refused says why.
func (l *live) watch(ctx context.Context, q *question, w *watcher) (refused *answer, stop func()) {
	key := cache.Key("live", auth.Scope(ctx).Key(), q.document.Key, q.name, string(q.variables))
	if _, list := l.answers.start(ctx, q); len(list) > 0 {
		ans := l.answers.refuse(ctx, list)
		return &ans, nil
	}
	s := l.join(ctx, key, q, w)
	l.metrics.subscribers.Inc()
	leave := sync.OnceFunc(func() {
		l.metrics.subscribers.Dec()
		l.leave(s, w)
	})
	opening, opened := context.WithTimeout(ctx, l.answers.limits.Time)
	defer opened()
	select {
	case <-s.hears: // before the present state is read, or what happens in between would be missed
	case <-opening.Done():
		leave()
		ans := l.answers.refuse(ctx, opening.Err())
		return &ans, nil
	}
	if ans := l.present(opening, q, w); ans != nil {
		leave()
		return ans, nil
	}
	return nil, leave
}

// present sends the present state, then what has queued up meanwhile.
func (l *live) present(ctx context.Context, q *question, w *watcher) *answer {
	ctx, end := graph.WithStreamEnd(graph.WithPart(ctx, graph.PresentPart))
	err := l.run(ctx, q, func() {}, func(payload []byte, response *graphql.Response) *answer {
		if response != nil && response.Data == nil && len(response.Errors) > 0 {
			return &answer{errors: response.Errors, refused: true}
		}
		w.last = payload
		w.next(payload)
		return nil
	})
	if err != nil {
		return err
	}
	if err := cmp.Or(end.Err(), ctx.Err()); err != nil {
		ans := l.answers.refuse(ctx, err)
		return &ans
	}
	w.open()
	return nil
}

// run executes the operation and hands on each result. It calls started once the operation's
// resolver has been called. A panic ends it as a refusal does: whoever watches is told.
func (l *live) run(ctx context.Context, q *question, started func(), each func([]byte, *graphql.Response) *answer) (ended *answer) {
	defer func() {
		if panicked := recover(); panicked != nil {
			ans := l.answers.broken(ctx, panicked)
			ended = &ans
		}
	}()
	op, list := l.answers.start(ctx, q)
	if len(list) > 0 {
		ans := l.answers.refuse(ctx, list)
		return &ans
	}
	handle, ctx := l.answers.exec.DispatchOperation(ctx, op)
	started()
	for {
		response := handle(ctx)
		if response == nil {
			return nil
		}
		if ans := each(encode(response), response); ans != nil {
			return ans
		}
	}
}

func encode(response *graphql.Response) []byte {
	payload, err := json.Marshal(struct {
		Errors any             `json:"errors,omitempty"`
		Data   json.RawMessage `json:"data"`
	}{nilIfEmpty(response.Errors), orNull(response.Data)})
	if err != nil {
		return []byte(`{"errors":[{"message":"the result cannot be shown","extensions":{"code":"` + graph.CodeInternal + `"}}]}`)
	}
	return payload
}

func nilIfEmpty[T any](list []T) any {
	if len(list) == 0 {
		return nil
	}
	return list
}

func orNull(data json.RawMessage) json.RawMessage {
	if len(data) == 0 {
		return json.RawMessage("null")
	}
	return data
}

// join adds a watcher to the stream of the key, which begins with the first.
func (l *live) join(ctx context.Context, key string, q *question, w *watcher) *stream {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s, running := l.streams[key]; running {
		s.watchers[w] = struct{}{}
		return s
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s := &stream{key: key, cancel: cancel, hears: make(chan struct{}), watchers: map[*watcher]struct{}{w: {}}}
	l.streams[key] = s
	l.running.Go(func() { l.carry(ctx, s, q) })
	return s
}

// carry runs a stream until it ends or the last watcher has left.
func (l *live) carry(ctx context.Context, s *stream, q *question) {
	defer s.cancel()
	ctx, end := graph.WithStreamEnd(graph.WithPart(ctx, graph.NewsPart))
	hears := sync.OnceFunc(func() { close(s.hears) })
	defer hears()
	refused := l.run(ctx, q, hears, func(payload []byte, _ *graphql.Response) *answer {
		for _, w := range l.watching(s) {
			w.news(payload)
		}
		return nil
	})
	err := end.Err()
	if refused != nil && len(refused.errors) > 0 {
		err = refused.errors[0]
	}
	l.mu.Lock()
	if l.streams[s.key] == s {
		delete(l.streams, s.key)
	}
	l.mu.Unlock()
	for _, w := range l.watching(s) {
		w.over(err)
	}
}

func (l *live) watching(s *stream) []*watcher {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make([]*watcher, 0, len(s.watchers))
	for w := range s.watchers {
		all = append(all, w)
	}
	return all
}

// leave takes a watcher off; a stream that nobody watches ends.
func (l *live) leave(s *stream, w *watcher) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(s.watchers, w)
	if len(s.watchers) == 0 {
		s.cancel()
		if l.streams[s.key] == s {
			delete(l.streams, s.key)
		}
	}
}

// news passes a result on, or keeps it until the present state has been sent.
func (w *watcher) news(payload []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.opened {
		w.queued = append(w.queued, payload)
		return
	}
	w.pass(payload)
}

// pass hands news on, but for what the present state has said already: the two overlap.
func (w *watcher) pass(payload []byte) {
	if !bytes.Equal(payload, w.last) {
		w.last = nil
		w.next(payload)
	}
}

// open lets the news through.
func (w *watcher) open() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.opened = true
	for _, payload := range w.queued {
		w.pass(payload)
	}
	w.queued = nil
	if w.ended {
		w.end(w.why)
	}
}

// over ends the news, once all that came before has been passed on.
func (w *watcher) over(why error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended = true; w.opened {
		w.end(why)
	}
	w.why = why
}
