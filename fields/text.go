package fields

import (
	"bytes"
	"encoding/json"
	"strings"

	gojson "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"jirasync/jira"
)

// Raw values are looked at in place: most are short, and few are read deeper than one level.

// kindOf is the first byte of a value, '0' for every number, 0 for nothing.
func kindOf(raw []byte) byte {
	raw = bytes.TrimLeft(raw, " \t\r\n")
	if len(raw) == 0 {
		return 0
	}
	if c := raw[0]; c == '-' || c >= '0' && c <= '9' {
		return '0'
	}
	return raw[0]
}

// lenient takes what Jira sends: members named twice (the last counts, as in jsonb) and bytes
// outside UTF-8.
var lenient = gojson.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))

func unquote(raw []byte) string {
	raw = bytes.TrimSpace(raw)
	if len(raw) >= 2 && bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1])
	}
	text, err := jsontext.AppendUnquote(nil, raw)
	if err != nil && len(text) == 0 {
		return ""
	}
	return string(text)
}

func members(raw []byte) map[string]jsontext.Value {
	var object map[string]jsontext.Value
	if gojson.Unmarshal(raw, &object, lenient) != nil {
		return nil
	}
	return object
}

func elements(raw []byte) []jsontext.Value {
	var list []jsontext.Value
	if gojson.Unmarshal(raw, &list, lenient) != nil {
		return nil
	}
	return list
}

// textOf is the text of a value, as a person who looks at the issue in Jira would read it.
func textOf(raw []byte) string {
	switch kindOf(raw) {
	case 'n', 0:
		return ""
	case '"':
		text := unquote(raw)
		if sprint, ok := jira.ParseSprint(text); ok {
			return sprint.Name
		}
		return text
	case '0':
		text := string(bytes.TrimSpace(raw))
		if plain, ok := plainNumber(text); ok {
			return plain
		}
		return text
	case '[':
		var texts []string
		for _, element := range filled(raw) {
			texts = append(texts, textOf(element))
		}
		return strings.Join(texts, ", ")
	case '{':
		return objectText(raw)
	}
	return string(bytes.TrimSpace(raw)) // true, false
}

// objectText: what the object is can be told from its members, whatever the schema says of it.
func objectText(raw []byte) string {
	object := members(raw)
	text := func(name string) string {
		if value := object[name]; kindOf(value) == '"' {
			return unquote(value)
		}
		return ""
	}
	has := func(name string) bool { _, ok := object[name]; return ok }
	switch {
	case text("type") == "doc" && has("content"):
		return jira.RenderDocument(raw)
	case has("completedCycles") || has("ongoingCycle"): // a service level, whose name is the field's
		return canonical(raw)
	case text("displayName") != "":
		return text("displayName")
	case has("value"):
		return optionText(object)
	case text("name") != "":
		return text("name")
	case kindOf(object["requestType"]) == '{':
		return textOf(object["requestType"])
	}
	for _, name := range []string{"key", "emailAddress", "accountId"} {
		if text(name) != "" {
			return text(name)
		}
	}
	for _, name := range []string{"votes", "watchCount", "progress"} {
		if kindOf(object[name]) == '0' {
			return textOf(object[name])
		}
	}
	return canonical(raw)
}

// optionText is an option's value; that of a cascading one with its parent before it.
func optionText(object map[string]jsontext.Value) string {
	value := textOf(object["value"])
	if child := object["child"]; kindOf(child) == '{' {
		if below := textOf(child); below != "" {
			return value + " / " + below
		}
	}
	return value
}

// canonical writes JSON in one form, whichever way it came: members in order of their names.
func canonical(raw []byte) string {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return string(raw)
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(value) != nil {
		return string(raw)
	}
	return strings.TrimSuffix(out.String(), "\n")
}
