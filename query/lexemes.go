package query

import (
	"unicode"
	"unicode/utf8"
)

// longestLexeme is how many bytes of a word count, in the text and in the search.
const longestLexeme = 64

// Lexeme is a word by which a text is found, in lower case.
type Lexeme struct {
	Word    []byte // valid during the call only
	Letters bool   // it has no digit and no joint
	Parts   int    // how many of the lexemes just before it are parts of it
}

// EachLexeme calls for each lexeme of a text, in its order. A lexeme is a run of letters and digits.
// Runs that hyphens, dots or underscores join are, if there is a digit among them, a lexeme besides:
// WEB-12, 1.2.3, 2026-03-01.
//
// The index and the searches cut their words here, so that both cut alike.
func EachLexeme(text string, call func(Lexeme)) {
	c := cutter{call: call}
	for _, r := range text {
		switch {
		case 'a' <= r && r <= 'z':
			c.letter(byte(r))
		case 'A' <= r && r <= 'Z':
			c.letter(byte(r) + 'a' - 'A')
		case '0' <= r && r <= '9':
			c.digit, c.digits = true, true
			c.letter(byte(r))
		case r == '-' || r == '.' || r == '_':
			c.join(byte(r))
		case r < utf8.RuneSelf:
			c.end()
		case unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r):
			c.rune(unicode.ToLower(r))
		default:
			c.end()
		}
	}
	c.end()
}

// cutter holds the lexeme at hand, with those that it is joined to.
type cutter struct {
	call   func(Lexeme)
	buf    [2*longestLexeme + utf8.UTFMax]byte
	n      int // bytes of buf
	part   int // where the last run begins in buf
	parts  int // runs before the last
	digit  bool
	digits bool // the same for all that is joined
	long   bool // too much is joined for one lexeme
}

func (c *cutter) letter(b byte) {
	if c.n-c.part < longestLexeme {
		c.buf[c.n] = b
		c.n++
	}
}

func (c *cutter) rune(r rune) {
	if unicode.IsDigit(r) {
		c.digit, c.digits = true, true
	}
	if c.n-c.part+utf8.RuneLen(r) <= longestLexeme {
		c.n += utf8.EncodeRune(c.buf[c.n:], r)
	}
}

// join ends a run that another may be joined to.
func (c *cutter) join(joint byte) {
	if c.n == c.part { // no run stands before it
		c.end()
		return
	}
	c.endRun()
	if c.n >= longestLexeme {
		c.long = true
		c.n = 0
	} else {
		c.buf[c.n] = joint
		c.n++
	}
	c.part = c.n
}

func (c *cutter) endRun() {
	c.call(Lexeme{Word: c.buf[c.part:c.n], Letters: !c.digit})
	c.parts++
	c.digit = false
}

// end ends all that is joined.
func (c *cutter) end() {
	if c.n > c.part {
		c.endRun()
	} else if c.n > 0 {
		c.n-- // the joint that nothing follows
	}
	if c.parts > 1 && c.digits && !c.long && c.n <= longestLexeme {
		c.call(Lexeme{Word: c.buf[:c.n], Parts: c.parts})
	}
	c.n, c.part, c.parts, c.digit, c.digits, c.long = 0, 0, 0, false, false, false
}
