package text

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// substitutes are characters and what stands for them, each on a line: first the characters, then a space, then the
// text. What Unicode decomposes into a base and its marks, or calls compatible, is not here.
const substitutes = `‘’‚‛′‵‹›ʹʻʼʽˈˊˋ` + "`´ '" + `
“”„‟″‶«»〝〞¨ "
‐‑‒–—―−⁃﹘﹣－¬ -
… ...
•‣∙·・ *
×✕✖ x
÷ :
⁄∕ /
© (c)
® (r)
™ (tm)
¦ |
¢ c
ƒ f
₹ Rs
₺ TL
µ u
° o
† +
‰ o/oo
≤ <=
≥ >=
≠ !=
≈˜ ~
ˆ ^
← <-
→ ->
½ 1/2
¼ 1/4
¾ 3/4
œ oe
Œ OE
Æ AE
æ ae
ẞ SS
ł l
Ł L
đð d
ĐÐ D
ø o
Ø O
ħ h
Ħ H
ı i
ĸ k
ŋ n
Ŋ N
þ th
Þ TH
ŧ t
Ŧ T
Αα A
Ββ B
γ Γ
δ Δ
Εε E
Ζζ Z
Ηη H
θ Θ
Ιι I
Κκ K
λ Λ
Μμ M
Νν N
ξ Ξ
Οο O
π Π
Ρρ P
σς Σ
Ττ T
Υυ Y
φ Φ
Χχ X
ψ Ψ
ω Ω
`

var substituteOf = sync.OnceValue(func() map[rune]string {
	m := make(map[rune]string)
	for line := range strings.Lines(substitutes) {
		chars, s, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		for _, char := range chars {
			m[char] = s
		}
	}
	return m
})

// Transliterate replaces the characters of s that the alphabet of c lacks by similar ones which it has: typographic
// quotes, dashes and spaces, letters with marks by letters without, small Greek letters by capitals, and Greek capitals
// by Latin letters of the same shape, as is usual in GSM. Characters without width are left out. What has no substitute
// stays as it is, and makes the second result false.
//
// It changes what is written, and so is always a choice: in many languages the marks matter. A text that c can carry
// already is returned unchanged.
func Transliterate(s string, c Codec) (string, bool) {
	if c.carries(s) {
		return s, true
	}
	if c.Alphabet >= Pictogram || !utf8.ValidString(s) {
		return s, false
	}
	var b strings.Builder
	whole := true
	// Composed first: a letter and its mark may be one character of the alphabet.
	for _, char := range norm.NFC.String(s) {
		t, ok := c.similar(char, 0)
		b.WriteString(t)
		whole = whole && ok
	}
	return b.String(), whole
}

const maxUnits = int(^uint(0) >> 2)

func (c Codec) carries(s string) bool {
	_, _, err := c.Cut(s, maxUnits)
	return err == nil
}

// similar returns what stands for one character, and whether the alphabet has all of it.
func (c Codec) similar(char rune, depth int) (string, bool) {
	s := string(char)
	switch {
	case c.carries(s):
		return s, true
	case unicode.Is(unicode.Cf, char), unicode.Is(unicode.Mn, char):
		return "", true // of no width, or the mark of the letter before it
	case unicode.Is(unicode.Zs, char), char == '\u2028', char == '\t':
		return " ", true
	case depth > 3:
		return s, false
	}
	t, ok := substituteOf()[char]
	if !ok {
		t = norm.NFKD.String(s)
	}
	if t == s {
		return s, false
	}
	var b strings.Builder
	for _, r := range t {
		part, ok := c.similar(r, depth+1)
		if !ok {
			return s, false
		}
		b.WriteString(part)
	}
	if b.Len() == 0 {
		return s, false
	}
	return b.String(), true
}
