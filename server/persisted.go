package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"jirasync/cache"
	"jirasync/graph"
)

// Persisted operations: a client sends the SHA-256 of an operation instead of its text, and the
// text once, when the server does not know it. Those that could be read are kept where answers are,
// for as long: with Redis, every server knows them.

// operationTag begins the keys of kept texts, and is what they depend on; nobody ever raises it, for a
// hash has one text.
const operationTag = "operation"

// persistedHash reads the hash of an operation out of a request's extensions.
func persistedHash(extensions json.RawMessage) (string, error) {
	if isAbsent(extensions) {
		return "", nil
	}
	var sent struct {
		PersistedQuery *struct {
			Version    int    `json:"version"`
			Sha256Hash string `json:"sha256Hash"`
		} `json:"persistedQuery"`
	}
	if json.Unmarshal(extensions, &sent) != nil {
		return "", badRequest("extensions.persistedQuery must have a version and a sha256Hash")
	}
	if sent.PersistedQuery == nil {
		return "", nil
	}
	hash := sent.PersistedQuery.Sha256Hash
	if raw, err := hex.DecodeString(hash); sent.PersistedQuery.Version != 1 || err != nil || len(raw) != sha256.Size {
		return "", badRequest("extensions.persistedQuery must have version 1 and a sha256Hash of 64 hexadecimal digits")
	}
	return hash, nil
}

// recall finds the text of an operation that came as its hash, or checks that the two belong
// together.
func (a *answers) recall(ctx context.Context, q *question) error {
	switch {
	case q.hash == "":
		return nil
	case q.text != "":
		sum := sha256.Sum256([]byte(q.text))
		if hex.EncodeToString(sum[:]) != q.hash {
			return &graph.RefusedError{Code: graph.CodeBadUserInput, Message: "sha256Hash is not that of the query"}
		}
		return nil
	}
	if a.cache != nil {
		if text := a.cache.GetMany(ctx, []string{cache.Key(operationTag, q.hash)})[0]; text != nil {
			q.text = string(text)
			return nil
		}
	}
	// The message is the one that clients look for.
	return &graph.RefusedError{Code: graph.CodeNotPersisted, Message: "PersistedQueryNotFound"}
}

// persist keeps a text that its hash came with.
func (a *answers) persist(ctx context.Context, q *question) {
	if q.hash == "" || a.cache == nil || len(q.text) > longestKeptDocument {
		return
	}
	a.cache.SetMany(ctx, []cache.Item{{
		Key: cache.Key(operationTag, q.hash), Value: []byte(q.text),
		Deps: []cache.Dep{{Tag: operationTag, Version: a.cache.Versions().Current(operationTag)}},
	}})
}
