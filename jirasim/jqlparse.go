package jirasim

import (
	"strconv"
	"strings"
	"time"
)

// maxOrderTerms is Cloud's limit.
const maxOrderTerms = 7

// jqlParser reads one query. It knows what a mirror asks: projects, ids, keys and times.
type jqlParser struct {
	w      *world
	now    time.Time // which relative times count from
	millis string    // see Settings
	tokens []token
	at     int
	depth  int
}

// parseJQL reads a query; its errors are *queryError.
func (w *world) parseJQL(jql string, now time.Time, millis string) (query, error) {
	tokens, err := lex(jql)
	if err != nil {
		return query{}, err
	}
	p := &jqlParser{w: w, now: now, millis: millis, tokens: tokens}
	var q query
	if p.peek().kind != tokEnd && !p.isWord("order") {
		if q.where, err = p.or(); err != nil {
			return query{}, err
		}
	}
	if p.acceptWord("order") {
		if q.order, err = p.orderBy(); err != nil {
			return query{}, err
		}
	}
	if t := p.peek(); t.kind != tokEnd {
		return query{}, queryErrorf("Error in the JQL Query: Expecting either 'OR' or 'AND' but got '%s'.", t.text)
	}
	q.simple = boundsOf(q.where)
	return q, nil
}

func (p *jqlParser) peek() token { return p.tokens[p.at] }

func (p *jqlParser) next() token {
	t := p.tokens[p.at]
	if t.kind != tokEnd {
		p.at++
	}
	return t
}

func (p *jqlParser) isWord(word string) bool {
	t := p.peek()
	return t.kind == tokWord && strings.EqualFold(t.text, word)
}

func (p *jqlParser) acceptWord(word string) bool {
	if p.isWord(word) {
		p.at++
		return true
	}
	return false
}

func (p *jqlParser) acceptSign(sign string) bool {
	if t := p.peek(); t.kind == tokSign && t.text == sign {
		p.at++
		return true
	}
	return false
}

func (p *jqlParser) or() (condition, error) {
	first, err := p.and()
	if err != nil {
		return nil, err
	}
	list := orCondition{first}
	for p.acceptWord("or") || p.acceptSign("||") {
		one, err := p.and()
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	if len(list) == 1 {
		return first, nil
	}
	return list, nil
}

func (p *jqlParser) and() (condition, error) {
	first, err := p.not()
	if err != nil {
		return nil, err
	}
	list := andCondition{first}
	for p.acceptWord("and") || p.acceptSign("&&") {
		one, err := p.not()
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	if len(list) == 1 {
		return first, nil
	}
	return list, nil
}

func (p *jqlParser) not() (condition, error) {
	if p.depth++; p.depth > 200 {
		return nil, queryErrorf("Error in the JQL Query: it is nested too deeply.")
	}
	defer func() { p.depth-- }()
	if p.acceptWord("not") || p.acceptSign("!") {
		of, err := p.not()
		return notCondition{of}, err
	}
	if p.acceptSign("(") {
		inner, err := p.or()
		if err != nil {
			return nil, err
		}
		if !p.acceptSign(")") {
			return nil, queryErrorf("Error in the JQL Query: Expecting ')' before the end of the query.")
		}
		return inner, nil
	}
	return p.clause()
}

func (p *jqlParser) clause() (condition, error) {
	field := p.next()
	if field.kind != tokWord && field.kind != tokString {
		return nil, queryErrorf("Error in the JQL Query: Expecting a field name but got '%s'.", field.text)
	}
	name := strings.ToLower(field.text)
	op, values, err := p.comparison()
	if err != nil {
		return nil, err
	}
	var c condition
	switch name {
	case "project":
		c, err = p.project(op, values)
	case "id", "issue", "issuekey", "key":
		c, err = p.issue(name, op, values)
	case "created", "createddate", "updated", "updateddate":
		return p.time(name, op, values)
	default:
		return nil, queryErrorf("Field '%s' does not exist or you do not have permission to view it.", field.text)
	}
	if err == nil && (op == "!=" || op == "not in") {
		c = notCondition{c}
	}
	return c, err
}

// comparison reads an operator and its values.
func (p *jqlParser) comparison() (op string, values []token, err error) {
	t := p.next()
	op = strings.ToLower(t.text)
	if op == "not" && p.acceptWord("in") {
		op = "not in"
	}
	switch op {
	case "in", "not in":
		values, err = p.list()
		return op, values, err
	case "=", "!=", "<", "<=", ">", ">=":
		v, err := p.value()
		return op, []token{v}, err
	}
	return "", nil, queryErrorf("Error in the JQL Query: Expecting operator but got '%s'. The valid operators are '=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS' and 'IS NOT'.", t.text)
}

func (p *jqlParser) list() ([]token, error) {
	if !p.acceptSign("(") {
		return nil, queryErrorf("Error in the JQL Query: Expecting '(' before a list of values.")
	}
	var values []token
	for {
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		values = append(values, v)
		if p.acceptSign(")") {
			return values, nil
		}
		if !p.acceptSign(",") {
			return nil, queryErrorf("Error in the JQL Query: Expecting ')' before the end of the query.")
		}
	}
}

func (p *jqlParser) value() (token, error) {
	t := p.next()
	switch {
	case t.kind == tokWord && isReserved(t.text):
		return t, queryErrorf("Error in the JQL Query: '%s' is a reserved JQL word. You must surround it in quotation marks to use it in a query.", t.text)
	case t.kind == tokWord, t.kind == tokString:
		return t, nil
	}
	return t, queryErrorf("Error in the JQL Query: Expecting either a value, list or function but got '%s'.", t.text)
}

func (p *jqlParser) project(op string, values []token) (condition, error) {
	places := map[uint16]bool{}
	for _, v := range values {
		at, ok := p.w.findProject(v.text)
		if !ok {
			return nil, queryErrorf("The value '%s' does not exist for the field 'project'.", v.text)
		}
		places[uint16(at)] = true
	}
	return projectCondition{places}, onlyEquality("project", op)
}

func onlyEquality(field, op string) error {
	if strings.ContainsAny(op, "<>") {
		return queryErrorf("The operator '%s' is not supported by the '%s' field.", op, field)
	}
	return nil
}

// findProject finds a project that the API user may see, by key, name or id.
func (w *world) findProject(text string) (int, bool) {
	at, ok := w.keyed[strings.ToUpper(text)]
	if !ok {
		for i, p := range w.projects {
			if strings.EqualFold(p.name, text) || strconv.FormatInt(p.id, 10) == text {
				at, ok = i, true
			}
		}
	}
	return at, ok && !w.projects[at].hidden
}

// issue reads ids and keys; `id > 10005` compares ids.
func (p *jqlParser) issue(name, op string, values []token) (condition, error) {
	if strings.ContainsAny(op, "<>") {
		return p.issueRange(name, op, values[0])
	}
	issues := map[int32]bool{}
	for _, v := range values {
		idx, ok := p.w.find(v.text)
		if !ok {
			return nil, queryErrorf("An issue with key '%s' does not exist for field '%s'.", v.text, name)
		}
		issues[idx] = true
	}
	return issueCondition{issues}, nil
}

// issueRange turns ids into places; in between, no id is lost.
func (p *jqlParser) issueRange(name, op string, v token) (condition, error) {
	id, err := strconv.ParseInt(v.text, 10, 64)
	if err != nil {
		return nil, queryErrorf("The value '%s' is not valid for the field '%s'.", v.text, name)
	}
	return idRange{op, id}, nil
}

type idRange struct {
	op string
	id int64
}

func (r idRange) match(c *candidate) bool {
	id := c.w.id(c.idx)
	switch r.op {
	case ">":
		return id > r.id
	case ">=":
		return id >= r.id
	case "<":
		return id < r.id
	}
	return id <= r.id
}

func (p *jqlParser) time(name, op string, values []token) (condition, error) {
	if op == "in" || op == "not in" {
		return nil, queryErrorf("The operator '%s' is not supported by the '%s' field.", op, name)
	}
	ms, err := p.instant(values[0], name)
	return timeCondition{strings.HasPrefix(name, "updated"), op, ms}, err
}

func (p *jqlParser) orderBy() ([]orderTerm, error) {
	if !p.acceptWord("by") {
		return nil, queryErrorf("Error in the JQL Query: Expecting 'by' after 'order'.")
	}
	var terms []orderTerm
	for {
		name := strings.ToLower(p.next().text)
		term := orderTerm{by: strings.TrimSuffix(name, "date")}
		switch term.by {
		case "issuekey":
			term.by = "key"
		case "created", "updated", "id", "key", "project":
		default:
			return nil, queryErrorf("Not able to sort using field '%s'.", name)
		}
		if p.acceptWord("desc") {
			term.desc = true
		} else {
			p.acceptWord("asc")
		}
		terms = append(terms, term)
		if !p.acceptSign(",") {
			break
		}
	}
	if len(terms) > maxOrderTerms {
		return nil, queryErrorf("The JQL query has more than %d order by fields.", maxOrderTerms)
	}
	return terms, nil
}

// parseMillis reads epoch milliseconds.
func parseMillis(text string) (int64, bool) {
	ms, err := strconv.ParseInt(text, 10, 64)
	return ms, err == nil
}
