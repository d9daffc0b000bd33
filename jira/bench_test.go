package jira

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// BenchmarkDecodePage decodes a page of 100 issues of about 20 KB each.
func BenchmarkDecodePage(b *testing.B) {
	for name, odd := range map[string]string{"clean": "", "with a NUL": `\u0000`} {
		b.Run(name, func(b *testing.B) {
			body := benchPage(b, odd)
			special := specialOf([]Field{{ID: "customfield_10020", SchemaCustom: sprintSchema}})
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				page, err := decodePage(body, special, withFields)
				require.NoError(b, err)
				require.Len(b, page.issues, 100)
			}
		})
	}
}

func benchPage(b *testing.B, odd string) []byte {
	user := func(n int) map[string]any {
		return map[string]any{
			"self": fmt.Sprint("https://example.atlassian.net/rest/api/3/user?accountId=", n), "accountId": fmt.Sprint("5b10ac8d82e05b22cc7d4ef", n),
			"displayName": fmt.Sprint("Person ", n), "active": true, "timeZone": "Europe/Berlin",
			"avatarUrls": map[string]any{"48x48": "https://avatar/48", "24x24": "https://avatar/24", "16x16": "https://avatar/16", "32x32": "https://avatar/32"},
		}
	}
	paragraph := func(text string) map[string]any {
		return map[string]any{"type": "paragraph", "content": []any{map[string]any{"type": "text", "text": text}}}
	}
	at := epoch.Format("2006-01-02T15:04:05.000-0700")
	var issues []any
	for i := range 100 {
		fields := map[string]any{
			"summary": fmt.Sprint("The printer on floor ", i, " is on fire"), "created": at, "updated": at,
			"description": map[string]any{"type": "doc", "version": 1, "content": []any{paragraph(strings.Repeat("lorem ipsum ", 100)), paragraph("two")}},
			"project":     map[string]any{"id": "10", "key": "OPS", "name": "Operations"},
			"status":      map[string]any{"id": "3", "name": "Doing", "statusCategory": map[string]any{"key": "indeterminate", "name": "In Progress"}},
			"assignee":    user(i), "reporter": user(i + 1), "creator": user(i + 1), "labels": []string{"a", "b"},
			"customfield_10020": []any{map[string]any{"id": 1, "name": "Sprint 1", "state": "active", "boardId": 5, "startDate": at}},
		}
		for n := range 60 {
			fields[fmt.Sprint("customfield_", 11000+n)] = nil
			fields[fmt.Sprint("customfield_", 12000+n)] = map[string]any{"self": "https://example/option/1", "value": fmt.Sprint("Option ", n), "id": fmt.Sprint(n)}
		}
		var comments, histories []any
		for n := range 5 {
			comments = append(comments, map[string]any{"id": fmt.Sprint(i*10 + n), "author": user(n), "created": at, "updated": at, "body": map[string]any{"type": "doc", "content": []any{paragraph("I agree")}}})
		}
		for n := range 10 {
			histories = append(histories, map[string]any{
				"id": fmt.Sprint(i*100 + n), "author": user(n), "created": epoch.Add(time.Duration(n) * time.Hour).Format(time.RFC3339),
				"items": []any{map[string]any{"field": "status", "fieldtype": "jira", "from": "1", "fromString": "Open", "to": "3", "toString": "Doing"}},
			})
		}
		fields["comment"] = map[string]any{"total": 5, "comments": comments}
		issues = append(issues, map[string]any{"id": fmt.Sprint(i + 1), "key": fmt.Sprint("OPS-", i+1), "fields": fields, "changelog": map[string]any{"total": 10, "histories": histories}})
	}
	body, err := json.Marshal(map[string]any{"issues": issues})
	require.NoError(b, err)
	if odd != "" {
		body = []byte(strings.Replace(string(body), "floor 50", "floor "+odd, 1))
	}
	return body
}
