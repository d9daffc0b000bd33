package mirror

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/go-json-experiment/json"

	"jirasync/db"
	"jirasync/jira"
)

// mostRereadPages bounds what one run re-reads, so that a mirror that stood still for a day does
// not make up for it at once.
const mostRereadPages = 20

// rereadPlace is how far the rolling re-read has come.
type rereadPlace struct {
	Cursor jira.Cursor `json:"cursor"`
	Read   int         `json:"read"`
	Of     int         `json:"of"` // live issues when the round began: counting them in each tick would grow with the mirror
}

// reread reads the part of everything that is due, so that all of it comes by once in the configured
// time: renamed options and whatever else Jira changes without moving `updated`.
func (r *runner) reread(ctx context.Context, p plan) error {
	period := time.Duration(r.Settings.RereadIntervalSeconds) * time.Second
	if period <= 0 || len(r.Run.Keys) > 0 || p.window == nil {
		return nil
	}
	mark := p.held[markKey{0, db.Reread}]
	if mark.Since == nil {
		if mark.Watermark != nil && time.Since(*mark.Watermark) < period {
			return nil // this round is done
		}
		return r.beginReread(ctx, mark)
	}
	place := placeOf[rereadPlace](mark)
	share := min(float64(time.Since(*mark.Since))/float64(period), 1)
	due := int(share*float64(place.Of)) - place.Read
	if share == 1 {
		due = math.MaxInt // to the end, wherever that is
	}
	if due < min(pageSize, place.Of) {
		return nil
	}
	return r.rereadPages(ctx, p, mark, place, due)
}

func (r *runner) beginReread(ctx context.Context, last db.Checkpoint) error {
	live, err := r.store.LiveIssues(ctx, r.Instance.ID)
	if err != nil {
		return err
	}
	cursor, err := json.Marshal(rereadPlace{Of: live})
	if err != nil {
		return fmt.Errorf("write the cursor: %w", err)
	}
	now := time.Now()
	return r.store.SaveCheckpoints(ctx, r.Lease, db.Checkpoint{
		InstanceID: r.Instance.ID, Kind: db.Reread, Since: &now, Watermark: last.Watermark, Cursor: cursor,
	})
}

func (r *runner) rereadPages(ctx context.Context, p plan, mark db.Checkpoint, place rereadPlace, due int) error {
	keys := quotedKeys(p.readBefore())
	if keys == "" {
		return nil
	}
	r.progress.say("reading again what may have changed unseen")
	defer r.progress.say("")
	pages, more := 0, true
	err := r.eachPage(ctx, r.narrow("project in ("+keys+")"), place.Cursor, func(page jira.Page) (bool, error) {
		place.Cursor, place.Read = page.Next, place.Read+len(page.Issues)
		due -= len(page.Issues)
		var err error
		if mark.Cursor, err = json.Marshal(place); err != nil {
			return false, fmt.Errorf("write the cursor: %w", err)
		}
		if err := r.land(ctx, unplanned, page, []db.Checkpoint{mark}); err != nil {
			return false, err
		}
		pages++
		more = due > 0 && pages < mostRereadPages
		return more, nil
	})
	if err != nil {
		if isFatal(err) || ctx.Err() != nil {
			return err
		}
		r.log.WarnContext(ctx, "the rolling re-read goes on with the next run", "error", err)
		return nil
	}
	if !more {
		return nil
	}
	mark.Watermark, mark.Since, mark.Cursor = mark.Since, nil, nil
	return r.store.SaveCheckpoints(ctx, r.Lease, mark)
}
