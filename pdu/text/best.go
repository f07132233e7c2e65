package text

import (
	"errors"

	"github.com/smpp-go/smpp/pdu"
)

// Options are what [Best] may choose from, for one peer. The zero Options are those of most peers: GSM 7-bit with
// data_coding 0 for what it can carry, else UCS-2.
type Options struct {
	Peer
	Layout

	// Alphabets are what the peer takes besides its default alphabet, the preferred ones first. Nil means UCS2; an empty
	// list means none.
	Alphabets []Alphabet

	// Languages are the national tables that may be used, the preferred ones first. They need handsets that know them.
	Languages []Language

	// Transliterate has the characters that GSM 7-bit lacks replaced by similar ones, as [Transliterate] does, when that
	// leads to a text that GSM 7-bit carries whole. It applies when GSM 7-bit is to choose from.
	Transliterate bool

	// Class and Waiting narrow the choice to the alphabets that go with them: see [DCS.DataCoding].
	Class   Class
	Waiting Waiting
}

// Choice is how to send a text.
type Choice struct {
	Text       string // what is to be encoded: the text itself, unless it was transliterated
	Codec      Codec  // for short messages of one part; in the parts of a longer one Fill may differ
	DataCoding pdu.DataCoding
	Count      Count
}

// Best picks the encoding that carries s whole in the fewest short messages, and of several the one that takes the
// fewest octets. Of equals the first one counts: the peer's default alphabet comes before Alphabets, and GSM 7-bit with
// the default tables before Languages, each of which is tried with its single shift table, with its locking shift
// table, and with both. What their elements take in the user data header counts too.
//
// Nothing is lost: when no permitted alphabet has all characters of s, the error is the [*EncodeError] of the first one
// tried. It is [ErrNoRoom] when Layout leaves none, and wraps [ErrDataCoding] when no permitted alphabet goes with the
// class or waiting message asked for.
func Best(s string, o Options) (Choice, error) {
	p := picker{o: o, text: s}
	alphabets := o.Alphabets
	if alphabets == nil {
		alphabets = []Alphabet{UCS2}
	}
	p.consider(Default)
	for _, a := range alphabets {
		p.consider(a)
	}
	switch {
	case p.found:
		return p.best, nil
	case p.lacks != nil:
		return Choice{}, p.lacks
	case p.cannot != nil:
		return Choice{}, p.cannot
	}
	return Choice{}, ErrAlphabet
}

// picker keeps the best choice so far.
type picker struct {
	o     Options
	text  string
	best  Choice
	found bool

	lacks  error // why the first alphabet can not carry the text
	cannot error // why the first alphabet can not be told
}

func (p *picker) consider(named Alphabet) {
	if named == UCS2 && p.found && p.best.Codec.Alphabet.septets() && !p.best.Codec.shifts() {
		return // two septets are less than a code unit
	}
	resolved := named.Resolve(p.o.Default)
	if p.o.Class != NoClass || p.o.Waiting.Kind != NoWaiting {
		named = resolved // the groups of GSM name their alphabet
	} else if resolved == Default.Resolve(p.o.Default) {
		named = Default
	}
	dc, err := DCS{Alphabet: named, Class: p.o.Class, Waiting: p.o.Waiting}.DataCoding()
	if err != nil {
		p.cannot = errors.Join(p.cannot, err)
		return
	}
	c := Codec{Alphabet: resolved, Padding: p.o.Padding}
	if !resolved.septets() {
		p.try(p.text, c, dc)
		return
	}
	p.septets(p.text, c, dc)
	if !p.found && p.o.Transliterate {
		if s, ok := Transliterate(p.text, c); ok {
			p.try(s, c, dc)
		}
	}
}

// septets tries GSM 7-bit with the default tables, and unless one segment suffices then, with national ones.
func (p *picker) septets(s string, c Codec, dc pdu.DataCoding) {
	if p.try(s, c, dc) && p.best.Count.Segments == 1 {
		return
	}
	for _, l := range p.o.Languages {
		if !l.HasSingle() {
			continue
		}
		c.Locking, c.Single = NoLanguage, l
		p.try(s, c, dc)
		if l.HasLocking() {
			c.Locking, c.Single = l, NoLanguage
			p.try(s, c, dc)
			c.Locking, c.Single = l, l
			p.try(s, c, dc)
		}
	}
}

// try keeps a choice when it is better than the one before, and reports whether it carries the text.
func (p *picker) try(s string, c Codec, dc pdu.DataCoding) bool {
	count, err := c.Count(s, p.o.Layout)
	if err != nil {
		if p.lacks == nil {
			p.lacks = err
		}
		return false
	}
	old := p.best.Count
	if !p.found || count.Segments < old.Segments || count.Segments == old.Segments &&
		count.octets(c, p.o.Layout) < old.octets(p.best.Codec, p.o.Layout) {
		c.Fill = FillBits(p.o.Header(c, false))
		if c.Alphabet != GSM7Packed {
			c.Fill = 0
		}
		p.best, p.found = Choice{s, c, dc, count}, true
	}
	return true
}
