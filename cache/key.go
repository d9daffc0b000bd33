package cache

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
)

// Key makes the key of a question from its parts: kind in clear, so that keys can be told apart
// by eye, and a hash of the parts. The hash withstands a search for collisions, because what an
// asker may see is one of the parts. Parts are told apart by their lengths: "ab","c" is not
// "a","bc".
func Key(kind string, parts ...string) string {
	size := 0
	for _, part := range parts {
		size += len(part) + binary.MaxVarintLen64
	}
	var room [1024]byte // most questions fit, and cost no allocation
	all := room[:0]
	if size > len(room) {
		all = make([]byte, 0, size)
	}
	for _, part := range parts {
		all = binary.AppendUvarint(all, uint64(len(part)))
		all = append(all, part...)
	}
	sum := sha256.Sum256(all)

	key := make([]byte, 0, 64)
	key = append(key, kind...)
	key = append(key, ':')
	return string(base64.RawURLEncoding.AppendEncode(key, sum[:]))
}
