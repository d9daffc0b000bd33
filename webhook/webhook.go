// Package webhook takes Jira's webhooks: it checks their signatures, knows those that come again,
// and notes which issues they are about.
//
// A webhook is a hint, never data: nothing of its body but the ids is kept, and whoever acts on it
// asks Jira for the issue (see [jirasync/mirror]). Only signed ones are taken, so that nobody else
// can make us ask.
package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"jirasync/db"
)

// maxBody bounds a webhook's body; Jira's largest hold one issue. nginx has the same limit.
const maxBody = 10 << 20

// Before its signature is known to be right, a body may be anybody's: few are in memory at a time.
const (
	bodiesAtOnce = 8
	bodyWait     = 5 * time.Second // for a place
)

// Store is where deliveries are noted.
type Store interface {
	TakeWebhook(ctx context.Context, w db.Webhook) (fresh bool, err error)
}

// Source is an instance that may send webhooks.
type Source struct {
	InstanceID int
	Name       string // the last part of the address
	Secret     string // empty: none are taken
}

// The outcomes that are counted.
const (
	Taken    = "taken"
	Repeated = "repeated" // the same delivery again
	Refused  = "refused"  // no signature, a wrong one, an unknown instance, or no whole body to check it by
	Unread   = "unread"   // signed, but not to be understood
	Failed   = "failed"   // there was no place for it, or the database did not take it; Jira sends it again
)

// Handler answers POST /webhooks/jira/{name}.
type Handler struct {
	store   Store
	sources map[string]Source
	bodies  chan struct{} // a place for each that is in memory
	count   func(instance, outcome string)
	log     *slog.Logger
}

// New makes a handler that tells each outcome to count.
func New(store Store, sources []Source, count func(instance, outcome string), log *slog.Logger) *Handler {
	h := &Handler{store: store, sources: map[string]Source{}, bodies: make(chan struct{}, bodiesAtOnce), count: count, log: log}
	for _, s := range sources {
		h.sources[s.Name] = s
	}
	return h
}

// refusal is why a delivery was not taken.
type refusal struct {
	outcome string
	status  int
	why     string
}

var (
	unsigned   = &refusal{Refused, http.StatusUnauthorized, "the signature is missing or wrong"}
	tooLarge   = &refusal{Refused, http.StatusRequestEntityTooLarge, "the body is too large"}
	unreadable = &refusal{Refused, http.StatusBadRequest, "the body could not be read"}
	crowded    = &refusal{Failed, http.StatusServiceUnavailable, "other webhooks are being read: send it again in a moment"}
)

// ServeHTTP takes one delivery. The path value `name` says of which instance.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	source, known := h.sources[r.PathValue("name")]
	refuse := func(why *refusal) {
		h.count(countedName(source, known), why.outcome)
		http.Error(w, why.why, why.status)
	}
	given, ok := signature(r.Header.Get("X-Hub-Signature"))
	if !ok {
		refuse(unsigned)
		return
	}
	if !h.enter(r.Context()) {
		w.Header().Set("Retry-After", "10")
		refuse(crowded)
		return
	}
	defer func() { <-h.bodies }()
	body, refused := readBody(w, r)
	if refused != nil {
		refuse(refused)
		return
	}
	// The signature is worked out for unknown instances too: all refusals look and last alike.
	if !signed(source.Secret, body, given) || !known || source.Secret == "" {
		refuse(unsigned)
		return
	}
	status, outcome := h.take(r, source, body)
	h.count(source.Name, outcome)
	w.WriteHeader(status)
}

func readBody(w http.ResponseWriter, r *http.Request) ([]byte, *refusal) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, tooLarge
	case err != nil:
		return nil, unreadable
	}
	return body, nil
}

// enter waits for a place for a body; false: there was none.
func (h *Handler) enter(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, bodyWait)
	defer cancel()
	select {
	case h.bodies <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

func (h *Handler) take(r *http.Request, source Source, body []byte) (status int, outcome string) {
	event, ids, err := read(body)
	if err != nil {
		h.log.WarnContext(r.Context(), "a webhook cannot be understood", "instance", source.Name, "error", err)
		return http.StatusBadRequest, Unread
	}
	fresh, err := h.store.TakeWebhook(r.Context(), db.Webhook{
		InstanceID: source.InstanceID, DeliveryID: deliveryID(r.Header, body), Event: event, JiraIDs: ids,
	})
	switch {
	case err != nil:
		h.log.ErrorContext(r.Context(), "a webhook was not taken", "instance", source.Name, "error", err)
		return http.StatusServiceUnavailable, Failed
	case !fresh:
		return http.StatusOK, Repeated
	}
	return http.StatusOK, Taken
}

// countedName keeps what anybody may write into an address out of the metrics.
func countedName(s Source, known bool) string {
	if !known {
		return "unknown"
	}
	return s.Name
}

// signature reads `sha256=<hex>`; not ok: it can be nobody's.
func signature(header string) (given []byte, ok bool) {
	method, text, _ := strings.Cut(strings.TrimSpace(header), "=")
	given, err := hex.DecodeString(text)
	return given, strings.EqualFold(method, "sha256") && err == nil && len(given) == sha256.Size
}

// signed checks a signature, the HMAC of the raw body.
func signed(secret string, body, given []byte) bool {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return hmac.Equal(given, mac.Sum(nil))
}

// deliveryID is Jira's own, the same when it sends again, or one made of the body, which holds the
// time of the event.
func deliveryID(header http.Header, body []byte) string {
	const longest = 200
	if id := strings.TrimSpace(header.Get("X-Atlassian-Webhook-Identifier")); id != "" && len(id) <= longest {
		return id
	}
	sum := sha256.Sum256(body)
	return "body-" + hex.EncodeToString(sum[:])
}
