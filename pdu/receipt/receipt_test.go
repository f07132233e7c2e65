package receipt

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
)

// want is what a text should give. A pointer that is nil stands for what was not found.
type want struct {
	ID     *string           `json:"id"`
	Sub    *int              `json:"sub"`
	Dlvrd  *int              `json:"dlvrd"`
	Submit *string           `json:"submit"`
	Done   *string           `json:"done"`
	Stat   *string           `json:"stat"`
	State  *pdu.MessageState `json:"state"`
	Err    *string           `json:"err"`
	Text   *string           `json:"text"`
	Extra  map[string]string `json:"extra"`
}

type vector struct {
	Name   string `json:"name"`
	Text   string `json:"text"`
	Why    string `json:"why"`
	Expect want   `json:"expect"`
}

func vectors(t testing.TB) []vector {
	t.Helper()
	raw, err := os.ReadFile("testdata/receipts.json")
	require.NoError(t, err)
	var file struct {
		Receipts []vector `json:"receipts"`
	}
	require.NoError(t, json.Unmarshal(raw, &file))
	require.Len(t, file.Receipts, 73)
	return file.Receipts
}

func TestVectors(t *testing.T) {
	for _, v := range vectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			r := Parse([]byte(v.Text))
			requireWant(t, v.Expect, &r, time.UTC)
			require.Equal(t, v.Text, string(r.Raw), "the raw text is kept")
			require.Equal(t, KindUnknown, r.Kind)

			// The same as the text of a PDU, in either place, and in UCS-2.
			plain, ok := FromPDU(&pdu.DeliverSM{ESMClass: pdu.ESMClassReceipt, ShortMessage: []byte(v.Text)})
			require.True(t, ok)
			requireWant(t, v.Expect, &plain, time.UTC)
			data := &pdu.DataSM{ESMClass: pdu.ESMClassReceipt}
			data.TLVs.Add(pdu.TagMessagePayload, []byte(v.Text))
			long, ok := FromPDU(data)
			require.True(t, ok)
			requireWant(t, v.Expect, &long, time.UTC)
			wide := Parse(ucs2(v.Text))
			requireWant(t, v.Expect, &wide, time.UTC)

			// Dates without a zone are in that of the peer.
			zone := time.FixedZone("", -3*3600)
			there := (&Parser{Location: zone}).Parse([]byte(v.Text))
			requireWant(t, v.Expect, &there, zone)
		})
	}
}

func ucs2(s string) []byte {
	var b []byte
	for _, r := range s {
		b = append(b, byte(r>>8), byte(r))
	}
	return b
}

func requireWant(t *testing.T, w want, r *Receipt, loc *time.Location) {
	t.Helper()
	requireValue(t, w.ID, r.Has(FieldID), r.ID, "id")
	requireValue(t, w.Sub, r.Has(FieldSub), r.Sub, "sub")
	requireValue(t, w.Dlvrd, r.Has(FieldDlvrd), r.Dlvrd, "dlvrd")
	requireValue(t, w.Stat, r.Has(FieldStat), r.Stat, "stat")
	requireValue(t, w.Err, r.Has(FieldErr), r.Err, "err")
	requireValue(t, w.Text, r.Has(FieldText), r.Text, "text")
	requireValue(t, w.State, r.Has(FieldState), r.State, "state")
	requireDate(t, w.Submit, r.Has(FieldSubmitted), r.Submitted, loc, "submit date")
	requireDate(t, w.Done, r.Has(FieldDone), r.Done, loc, "done date")
	known := map[string]bool{
		"id": true, "sub": true, "dlvrd": true, "submit date": true, "done date": true, "stat": true, "err": true, "text": true,
	}
	var extra map[string]string
	for k, v := range r.Fields() {
		if known[k] {
			continue
		}
		if extra == nil {
			extra = map[string]string{}
		}
		extra[k] = v
		value, ok := r.Value(k)
		require.True(t, ok)
		require.Equal(t, v, value)
	}
	require.Equal(t, w.Extra, extra, "fields of vendors")
}

func requireValue[T any](t *testing.T, want *T, found bool, got T, name string) {
	t.Helper()
	require.Equal(t, want != nil, found, "%s found", name)
	if want == nil {
		require.Zero(t, got, name)
		return
	}
	require.Equal(t, *want, got, name)
}

func requireDate(t *testing.T, want *string, found bool, got time.Time, loc *time.Location, name string) {
	t.Helper()
	require.Equal(t, want != nil, found, "%s found", name)
	if want == nil {
		require.Zero(t, got, name)
		return
	}
	for _, layout := range []string{"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04"} {
		if at, err := time.ParseInLocation(layout, *want, loc); err == nil {
			require.True(t, at.Equal(got), "%s: %v, want %v", name, got, at)
			return
		}
	}
	t.Fatalf("%s: %q is no date", name, *want)
}

func p[T any](v T) *T { return &v }

// variants are texts seen in the field beside those of the vectors, and worse.
var variants = []vector{
	{
		"date glued, zeros", "id:1 sub:001 dlvrd:001 submitdate:000000000000 donedate:000000000000 stat:ACCEPTD err:0 text:", "",
		want{ID: p("1"), Sub: p(1), Dlvrd: p(1), Stat: p("ACCEPTD"), State: p(pdu.MessageStateAccepted), Err: p("0"), Text: p("")},
	},
	{
		"plus in dates", "id:1 submit date:+2603010930 done date:2603010931+ stat:DELIVRD", "",
		want{ID: p("1"), Stat: p("DELIVRD"), State: p(pdu.MessageStateDelivered)},
	},
	{"id with umlaut", "id:\xe4\xf6 stat:DELIVRD", "", want{ID: p("\xe4\xf6"), Stat: p("DELIVRD"), State: p(pdu.MessageStateDelivered)}},
	{"id last", "stat:EXPIRED err:5 id:abc", "", want{ID: p("abc"), Stat: p("EXPIRED"), State: p(pdu.MessageStateExpired), Err: p("5")}},
	{"only id", "id:42", "", want{ID: p("42")}},
	{"only stat", "stat:REJECTD", "", want{Stat: p("REJECTD"), State: p(pdu.MessageStateRejected)}},
	{"empty id", "id: stat:DELETED", "", want{ID: p(""), Stat: p("DELETED"), State: p(pdu.MessageStateDeleted)}},
	{"nothing behind the colon", "id:", "", want{ID: p("")}},
	{"colons", ":::: : id:1 :: stat::DELIVRD", "", want{ID: p("1 ::"), Stat: p(":DELIVRD")}},
	{"one colon", ":", "", want{}},
	{"white space", " \t\r\n", "", want{}},
	{"NULs", "\x00\x00\x00\x00", "", want{}},
	{"NUL between", "id:7\x00stat:DELIVRD\x00", "", want{ID: p("7"), Stat: p("DELIVRD"), State: p(pdu.MessageStateDelivered)}},
	{"twice", "id:1 id:2 stat:DELIVRD stat:EXPIRED", "", want{ID: p("1"), Stat: p("DELIVRD"), State: p(pdu.MessageStateDelivered)}},
	{"twice, the first no number", "sub:ND sub:001 id:1", "", want{ID: p("1")}},
	{
		"upper case, glued dates", "ID:1 SUBMITDATE:2603010930 DONE_DATE:2603010931", "",
		want{ID: p("1"), Submit: p("2026-03-01T09:30"), Done: p("2026-03-01T09:31")},
	},
	{
		"hyphen in dates", "submit-date:2603010930 done-date:2603010931", "",
		want{Submit: p("2026-03-01T09:30"), Done: p("2026-03-01T09:31")},
	},
	{
		"blanks in keys", "submit  date:2603010930 done\tdate:2603010931", "",
		want{Submit: p("2026-03-01T09:30"), Done: p("2026-03-01T09:31")},
	},
	{"a date alone", "id:5 date:2603010930", "", want{ID: p("5"), Extra: map[string]string{"date": "2603010930"}}},
	{"another date", "id:5 scheduled date:2603010930", "", want{ID: p("5 scheduled"), Extra: map[string]string{"date": "2603010930"}}},
	{"date after a glued word", "err:submit date:2603010930", "", want{Err: p("submit"), Extra: map[string]string{"date": "2603010930"}}},
	{
		"time with T and Z", "done date:2026-03-01T09:31:22Z stat:DELIVRD", "",
		want{Done: p("2026-03-01T09:31:22Z"), Stat: p("DELIVRD"), State: p(pdu.MessageStateDelivered)},
	},
	{"time with fraction and zone", "done date:2026-03-01 09:31:22.512 +02:00", "", want{Done: p("2026-03-01T09:31:22+02:00")}},
	{"twelve digits, year of four", "done date:202603010931", "", want{Done: p("2026-03-01T09:31")}},
	{"blank inside digits", "done date:20260301 093122", "", want{Done: p("2026-03-01T09:31:22")}},
	{"SMPP time west", "done date:260301093122020-", "", want{Done: p("2026-03-01T09:31:22-05:00")}},
	{"SMPP relative time", "done date:000001000000000R", "", want{}},
	{"epoch seconds", "done date:1772357462", "", want{}},
	{"date day first", "done date:01/03/2026 09:31", "", want{}},
	{"leap day", "submit date:2402292359 done date:2302292359", "", want{Submit: p("2024-02-29T23:59")}},
	{"years", "submit date:3801010000 done date:3712312359", "", want{Submit: p("1938-01-01T00:00"), Done: p("2037-12-31T23:59")}},
	{"words after err", "id:1 err:000 Absent subscriber text:x", "", want{ID: p("1"), Err: p("000 Absent subscriber"), Text: p("x")}},
	{"stat of two words", "id:1 stat:NOT DELIVERED err:1", "", want{ID: p("1"), Stat: p("NOT DELIVERED"), Err: p("1")}},
	{"stat buffered", "id:1 stat:BUFFRED", "", want{ID: p("1"), Stat: p("BUFFRED")}},
	{"stat acked", "id:1 stat:ACKED", "", want{ID: p("1"), Stat: p("ACKED")}},
	{"stat of 5.0", "id:1 stat:SKIPPED", "", want{ID: p("1"), Stat: p("SKIPPED"), State: p(pdu.MessageStateSkipped)}},
	{"stat full and lower", "id:1 stat:rejected", "", want{ID: p("1"), Stat: p("rejected"), State: p(pdu.MessageStateRejected)}},
	{"sub too long", "sub:1234567890 dlvrd:-1 id:1", "", want{ID: p("1")}},
	{"sub empty", "sub: dlvrd: id:1", "", want{ID: p("1")}},
	{"vendor key with digits and dots", "id:1 x.price_2:0.5 text:", "", want{ID: p("1"), Text: p(""), Extra: map[string]string{"x.price_2": "0.5"}}},
	{"word that begins with a digit", "id:1 2nd:x", "", want{ID: p("1 2nd:x")}},
	{"key too long", "id:1 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:x", "", want{ID: p("1 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:x")}},
	{"keys that end alike", "xid:1 restat:2 myerr:3 id:4", "", want{ID: p("4"), Extra: map[string]string{"xid": "1", "restat": "2", "myerr": "3"}}},
	{"text in the middle", "id:1 text:see stat:EXPIRED\r\n err:5 \x00", "", want{ID: p("1"), Text: p("see stat:EXPIRED\r\n err:5")}},
	{"octets of GSM 7-bit", "id:1 text:\x00hej\x1be\x00!", "", want{ID: p("1"), Text: p("hej\x1be\x00!")}},
	{"a question", "Has the message with id:1 arrived? stat: unknown", "", want{ID: p("1 arrived?"), Stat: p("unknown"), State: p(pdu.MessageStateUnknown)}},
	{"a link", "See http://example.com/id:5 for more", "", want{Extra: map[string]string{"http": "//example.com/id:5 for more"}}},
	{"comma between", "id:1,sub:001,stat:DELIVRD", "", want{ID: p("1,sub:001,stat:DELIVRD")}},
	{"equals signs", "id=1 stat=DELIVRD", "", want{}},
	{"UDH in the way", "\x05\x00\x03\x01\x02\x01id:1 stat:DELIVRD", "", want{Stat: p("DELIVRD"), State: p(pdu.MessageStateDelivered)}},
}

func TestVariants(t *testing.T) {
	require.GreaterOrEqual(t, len(variants)+len(vectors(t)), 100)
	for _, v := range variants {
		t.Run(v.Name, func(t *testing.T) {
			r := Parse([]byte(v.Text))
			requireWant(t, v.Expect, &r, time.UTC)
			require.Equal(t, v.Text, string(r.Raw))
		})
	}
}
