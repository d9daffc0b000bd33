package db

import (
	"context"
	"fmt"
	"regexp"
	"slices"

	"jirasync/query"
)

// mappingName is lower snake case, short enough for a column of PostgreSQL.
var mappingName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

// rowColumns are the columns that every table has by itself, and that a view cannot name anew.
var rowColumns = []string{"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid", "oid"}

const maxLabel = 200

// CheckMappingName says what is wrong with a mapping before anything is changed: all that a save
// would say, but that it was changed meanwhile.
func (s *Store) CheckMappingName(ctx context.Context, save MappingSave) error {
	if err := CheckMapping(save.MappingSpec); err != nil {
		return err
	}
	if err := checkNames(ctx, s.pool, save.Name); err != nil {
		return err
	}
	mappings, err := s.FieldMappings(ctx)
	if err != nil {
		return err
	}
	return (&mappingChange{before: mappings}).checkFree(save.Name, save.ID)
}

// CheckMapping says what is wrong with a mapping's name, label or number of sources.
func CheckMapping(spec MappingSpec) error {
	switch {
	case spec.Name == "":
		return inputError("a mapping needs a name")
	case !mappingName.MatchString(spec.Name):
		return inputError("%q cannot be the name of a mapping: use a small letter, then up to 62 small letters, digits and underscores, such as story_points", clipped(spec.Name))
	case slices.Contains(rowColumns, spec.Name):
		return inputError("%q cannot be the name of a mapping: PostgreSQL gives every row a column of that name", spec.Name)
	case len([]rune(spec.Label)) > maxLabel:
		return inputError("the label of %s has more than %d characters", spec.Name, maxLabel)
	case *storable(&spec.Label) != spec.Label:
		return inputError("the label of %s must be valid Unicode without NUL characters", spec.Name)
	case len(spec.Sources) == 0:
		return inputError("the mapping %s has no source: name a field of at least one instance", spec.Name)
	case len(spec.Sources) > maxSources:
		return inputError("the mapping %s has %d sources, at most %d are allowed", spec.Name, len(spec.Sources), maxSources)
	}
	for n, source := range spec.Sources {
		if slices.Contains(spec.Sources[:n], source) {
			return inputError("the mapping %s names the field %s of one instance twice", spec.Name, clipped(source.FieldID))
		}
	}
	return nil
}

const maxSources = 50

// checkNames refuses names that PostgreSQL or the issues themselves have taken.
func checkNames(ctx context.Context, q querier, names ...string) error {
	var reserved, column *string
	err := q.QueryRow(ctx, `
SELECT (SELECT min(word) FROM pg_get_keywords() WHERE catcode IN ('R', 'T') AND word = ANY($1)),
       (SELECT min(attname::text) FROM pg_attribute
        WHERE attrelid IN ('jira_sync.jira_issues_base'::regclass, 'jira_sync.jira_issues'::regclass)
          AND attnum > 0 AND NOT attisdropped AND attname = ANY($1))`, names).Scan(&reserved, &column)
	switch {
	case err != nil:
		return fmt.Errorf("check the names of mappings: %w", err)
	case reserved != nil:
		return inputError("%q cannot be the name of a mapping: it is a reserved word of SQL", *reserved)
	case column != nil:
		return inputError("%q cannot be the name of a mapping: every issue has a column of that name", *column)
	}
	return nil
}

func inputError(format string, args ...any) error {
	return &query.InputError{Message: fmt.Sprintf(format, args...)}
}

// clipped keeps a message about a long text short.
func clipped(text string) string {
	const most = 80
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "..."
	}
	return text
}
