package receipt

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
)

// FuzzParse: any text is read; what is found is in the text, the walk over the fields agrees with what was found, and
// what can be written again reads the same.
func FuzzParse(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add([]byte(v.Text), "")
		f.Add(ucs2(v.Text), ",")
	}
	for _, v := range variants {
		f.Add([]byte(v.Text), ",;|")
	}
	f.Fuzz(func(t *testing.T, raw []byte, separators string) {
		p := Parser{Separators: separators}
		r := p.Parse(raw)
		require.Equal(t, raw, r.Raw)
		text := plain(raw)
		for _, s := range []string{r.ID, r.Stat, r.Err, r.Text} {
			require.Contains(t, text, s)
			require.False(t, strings.HasPrefix(s, " ") || strings.HasSuffix(s, "\x00"), "trimmed")
		}
		require.Equal(t, r.Has(FieldState), r.State != 0 || strings.EqualFold(r.Stat, "SCHEDULED"))
		first := map[string]string{}
		for k, v := range r.Fields() {
			require.NotEmpty(t, k)
			if _, ok := first[k]; !ok {
				first[k] = v
			}
		}
		for key, value := range map[string]struct {
			f Field
			s string
		}{"id": {FieldID, r.ID}, "stat": {FieldStat, r.Stat}, "err": {FieldErr, r.Err}, "text": {FieldText, r.Text}} {
			v, ok := first[key]
			require.Equal(t, ok, r.Has(value.f), key)
			require.Equal(t, v, value.s, key)
		}

		format := Format{Seconds: true}
		written, err := format.AppendText(nil, &r)
		if err != nil {
			return
		}
		back := Parse(written)
		require.Equal(t, r.ID, back.ID)
		require.True(t, r.Submitted.Equal(back.Submitted))
		require.True(t, r.Done.Equal(back.Done))
		if r.Stat != "" {
			require.Equal(t, r.Stat, back.Stat)
			require.Equal(t, r.Has(FieldState), back.Has(FieldState))
			require.Equal(t, r.State, back.State)
		}
		again, err := format.AppendText(nil, &back)
		require.NoError(t, err)
		if head(r.Text) == strings.TrimRight(head(r.Text), " \t\r\n\v\f\x00") {
			require.Equal(t, string(written), string(again))
		}
	})
}

// FuzzFromPDU: no body breaks the reader, and TLVs go before the text.
func FuzzFromPDU(f *testing.F) {
	f.Add(byte(0x04), []byte(canonical), []byte("B\x00"), []byte{2}, []byte{3, 0, 1})
	f.Add(byte(0x44), []byte("\x05\x00\x03\x01\x02\x01"+canonical), []byte(""), []byte{}, []byte{})
	f.Add(byte(0x00), ucs2(canonical), []byte{0}, []byte{0, 0, 0, 9}, []byte{1})
	f.Fuzz(func(t *testing.T, class byte, text, id, state, network []byte) {
		d := &pdu.DeliverSM{ESMClass: pdu.ESMClass(class), ShortMessage: text}
		d.TLVs.Add(pdu.TagReceiptedMessageID, id)
		d.TLVs.Add(pdu.TagMessageState, state)
		d.TLVs.Add(pdu.TagNetworkErrorCode, network)
		for _, p := range []Parser{{}, {Unmarked: true, TextFirst: true, Location: time.FixedZone("", 3600)}} {
			r, ok := p.FromPDU(d)
			if KindOf(d.ESMClass) != KindUnknown {
				require.True(t, ok)
			}
			if !ok {
				require.Zero(t, r)
				continue
			}
			require.NotEqual(t, KindUnknown, r.Kind)
			if id := strings.Trim(string(cstring(id)), " \t\r\n"); id != "" && !p.TextFirst {
				require.Equal(t, id, r.ID)
			}
			if len(state) == 1 && state[0] <= 9 && !p.TextFirst {
				require.Equal(t, pdu.MessageState(state[0]), r.State)
			}
			require.Equal(t, len(network) == 3, r.Has(FieldNetworkError))
		}
	})
}

// FuzzDate: what is read as a date is one, and reads the same when it is written in the form of appendix B.
func FuzzDate(f *testing.F) {
	for _, s := range []string{
		"2603010930", "260301093015", "20260301093015", "260301093015004+", "2603010930+0100", "2026-03-01 09:30:15.5Z",
		"20260301 09:30 GMT", "0000000000", "202603010930", "N/A", "",
	} {
		f.Add(s)
	}
	zone := time.FixedZone("", 2*3600)
	f.Fuzz(func(t *testing.T, s string) {
		at, ok := ParseDate(s, zone)
		if !ok {
			require.Zero(t, at)
			return
		}
		require.Zero(t, at.Nanosecond())
		if at.Year() < 1938 || at.Year() > 2037 {
			return
		}
		back, ok := ParseDate(string(appendDate(nil, at, zone, true)), zone)
		require.True(t, ok)
		require.True(t, at.Equal(back))
	})
}

// FuzzIDs: a form matches what it writes, whatever the id.
func FuzzIDs(f *testing.F) {
	for _, id := range []string{"4F2A9C01", "1328192513", "0x4F2A9C01", uuid, "98765432109876543210", "000", "å"} {
		f.Add(id, "1328192513", byte(0), byte(1), byte(2), byte(8), true, false)
	}
	f.Fuzz(func(t *testing.T, response, other string, letters, from, to, width byte, prefix, anyForm bool) {
		form := IDForm{Response: Notation(from), Receipt: Notation(to), Any: anyForm, Case: LetterCase(letters), Width: int(width), Prefix: prefix}
		if form.Validate() != nil || response == "" {
			return
		}
		require.True(t, form.Match(response, form.ReceiptID(response)), "%+v %q", form, form.ReceiptID(response))
		require.Equal(t, form.Match(response, other), other != "" && contains(form.ResponseKeys(response), form.ReceiptKey(other)))
		if !anyForm && from == 0 && letters == 0 && width == 0 && !prefix {
			require.Equal(t, response == other, form.Match(response, other))
		}
	})
}
