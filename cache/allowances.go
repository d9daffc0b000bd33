package cache

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// Allowances are what servers keep together of what each client has spent: when its allowance will
// be whole again. Redis forgets a client by itself at that time.
type Allowances struct {
	Redis     redis.UniversalClient
	Namespace string
	Budget    time.Duration // longest wait for Redis
}

// spendScript adds to what a client has spent, by the clock of Redis, and returns how long it takes
// until that is whole again. All in microseconds.
const spendScript = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local whole = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now) + tonumber(ARGV[1])
redis.call('SET', KEYS[1], string.format('%.0f', whole), 'PX', math.ceil((whole - now) / 1000))
return whole - now`

// Spend adds what these clients have spent here and tells of each how long it is, by what all
// servers know, until its allowance is whole: in one round trip.
func (a Allowances) Spend(ctx context.Context, spent map[string]time.Duration) (whole map[string]time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, a.Budget)
	defer cancel()
	answers := make(map[string]*redis.Cmd, len(spent))
	_, err = a.Redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		for client, d := range spent {
			answers[client] = p.Eval(ctx, spendScript, []string{keyPrefix + a.Namespace + ":rate:" + client}, max(d.Microseconds(), 1))
		}
		return nil
	})
	whole = make(map[string]time.Duration, len(spent))
	for client, answer := range answers {
		micros, failed := answer.Int64()
		if failed != nil {
			err = errors.Join(err, failed)
			continue
		}
		whole[client] = time.Duration(micros) * time.Microsecond
	}
	if err != nil {
		return whole, fmt.Errorf("tell what clients have spent: %w", err)
	}
	return whole, nil
}
