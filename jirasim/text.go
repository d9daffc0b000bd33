package jirasim

import "strconv"

// A text is made block by block of a salt; the same blocks become an Atlassian document
// (Cloud's v3) or wiki text (v2 and Data Center).

// appendText appends a text of about size bytes as a JSON value.
func (w *world) appendText(b []byte, salt uint64, size int, adf bool) []byte {
	d := dice(salt)
	if adf {
		b = append(b, `{"type":"doc","version":1,"content":[`...)
	} else {
		b = append(b, '"')
	}
	goal := len(b) + size
	for n := 0; n == 0 || len(b) < goal; n++ {
		if n > 0 {
			b = append(b, separator(adf)...)
		}
		if adf {
			b = w.appendBlock(b, &d)
		} else {
			b = w.appendWikiBlock(b, &d)
		}
	}
	if adf {
		return append(b, `]}`...)
	}
	return append(b, '"')
}

func separator(adf bool) string {
	if adf {
		return ","
	}
	return `\r\n\r\n`
}

func (w *world) phrase(d *dice) []byte { return w.phrases[d.n(len(w.phrases))] }

func (w *world) appendPhrases(b []byte, d *dice) []byte {
	for range d.between(1, 4) {
		b = append(b, w.phrase(d)...)
	}
	return b
}

const textOpen, textClose = `{"type":"text","text":"`, `"}`

func (w *world) appendBlock(b []byte, d *dice) []byte {
	switch d.n(10) {
	case 0:
		b = append(b, `{"type":"heading","attrs":{"level":3},"content":[`+textOpen...)
		b = append(b, w.phrase(d)...)
		return append(b, textClose+`]}`...)
	case 1:
		b = append(b, `{"type":"bulletList","content":[`...)
		for n := range d.between(2, 4) {
			if n > 0 {
				b = append(b, ',')
			}
			b = append(b, `{"type":"listItem","content":[{"type":"paragraph","content":[`+textOpen...)
			b = append(b, w.phrase(d)...)
			b = append(b, textClose+`]}]}`...)
		}
		return append(b, `]}`...)
	case 2:
		b = append(b, `{"type":"codeBlock","attrs":{"language":"go"},"content":[`+textOpen+`if err != nil {\n\treturn \"`...)
		b = appendInt(b, int64(d.n(100000)))
		return append(b, `\"\n}`+textClose+`]}`...)
	case 3:
		who := &w.people[d.skewed(len(w.people))]
		b = append(b, `{"type":"paragraph","content":[{"type":"mention","attrs":{"id":"`+who.accountID+`","text":`...)
		b = appendString(b, "@"+who.display)
		b = append(b, `}},`+textOpen+` `...)
		b = w.appendPhrases(b, d)
		return append(b, textClose+`]}`...)
	}
	b = append(b, `{"type":"paragraph","content":[`+textOpen...)
	b = w.appendPhrases(b, d)
	if d.chance(20) {
		b = append(b, textClose+`,{"type":"text","text":"important","marks":[{"type":"strong"}]`...)
		return append(b, `}]}`...)
	}
	return append(b, textClose+`]}`...)
}

func (w *world) appendWikiBlock(b []byte, d *dice) []byte {
	switch d.n(10) {
	case 0:
		return append(append(b, `h3. `...), w.phrase(d)...)
	case 1:
		for n := range d.between(2, 4) {
			if n > 0 {
				b = append(b, `\r\n`...)
			}
			b = append(append(b, `* `...), w.phrase(d)...)
		}
		return b
	case 2:
		b = append(b, `{code:go}\r\nif err != nil {\r\n\treturn \"`...)
		b = appendInt(b, int64(d.n(100000)))
		return append(b, `\"\r\n}\r\n{code}`...)
	case 3:
		who := &w.people[d.skewed(len(w.people))]
		name := who.name
		if w.opts.Flavor == Cloud {
			name = "accountid:" + who.accountID
		}
		return w.appendPhrases(append(b, `[~`+name+`] `...), d)
	}
	b = w.appendPhrases(b, d)
	if d.chance(20) {
		b = append(b, `*important* [details|https://wiki.example/x?id=`+strconv.Itoa(d.n(9999))+`]`...)
	}
	return b
}
