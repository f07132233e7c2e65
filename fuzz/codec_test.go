package fuzz

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"testing"
	"testing/iotest"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/tlv"
)

// seeds returns the PDUs of the specification's vectors: well-formed, malformed and whole streams.
func seeds(f *testing.F) [][]byte {
	f.Helper()
	data, err := os.ReadFile("../pdu/testdata/vectors.json")
	if err != nil {
		f.Fatal(err)
	}
	var file struct {
		Vectors, Negatives, Streams []struct{ Hex string }
	}
	if err := json.Unmarshal(data, &file); err != nil {
		f.Fatal(err)
	}
	var all [][]byte
	for _, list := range [][]struct{ Hex string }{file.Vectors, file.Negatives, file.Streams} {
		for _, v := range list {
			b, err := hex.DecodeString(v.Hex)
			if err != nil {
				f.Fatal(err)
			}
			all = append(all, b)
		}
	}
	return all
}

// FuzzDecode holds, for any frame: decoding does not panic; what was decoded encodes, and decoding and encoding that is a
// fixpoint; what the strict codec takes encodes to the same octets.
func FuzzDecode(f *testing.F) {
	for _, b := range seeds(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, v := range []pdu.Version{pdu.V33, pdu.V34, pdu.V50} {
			strict := pdu.Codec{Version: v, Strict: true}
			if p, err := strict.Decode(b); err == nil {
				again, err := pdu.Codec{Version: v}.Append(nil, p)
				if err == nil && !bytes.Equal(again, b) || err != nil && !readOnly(v, err) {
					t.Fatalf("strict %v took\n%x and encoded\n%x, %v", v, b, again, err)
				}
			}
		}
		p, err := pdu.Decode(b)
		if err != nil {
			return
		}
		_ = pdu.Dump(p, pdu.DumpOptions{Text: true})
		once, err := pdu.Append(nil, p)
		if err != nil {
			return // what tolerance takes may be more than may be sent
		}
		p2, err := pdu.Decode(once)
		if err != nil {
			t.Fatalf("decoding\n%x\nwhich encodes\n%x: %v", once, b, err)
		}
		twice, err := pdu.Append(nil, p2)
		if err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("no fixpoint:\n%x\n%x, %v", once, twice, err)
		}
	})
}

// readOnly tells that a version knows what could not be encoded, but must not send it: a message id in the
// deliver_sm_resp of 3.4, a date without fraction and zone, a command_id of zero, and whatever 3.3 does not have.
func readOnly(v pdu.Version, err error) bool {
	var e *pdu.EncodeError
	if !errors.As(err, &e) {
		return false
	}
	switch {
	case v == pdu.V33 || e.Command == 0:
		return true
	case e.Command == pdu.CommandDeliverSM.Response():
		return e.Field == "message_id" && v == pdu.V34
	}
	return e.Field == "final_date"
}

// FuzzReader holds that framing does not depend on how the octets arrive.
func FuzzReader(f *testing.F) {
	for _, b := range seeds(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		whole := frames(bytes.NewReader(b))
		dribbled := frames(iotest.OneByteReader(bytes.NewReader(b)))
		if len(whole) != len(dribbled) {
			t.Fatalf("%d frames at once, %d octet by octet", len(whole), len(dribbled))
		}
		n := 0
		for i := range whole {
			if !bytes.Equal(whole[i], dribbled[i]) {
				t.Fatalf("frame %d: %x at once, %x octet by octet", i, whole[i], dribbled[i])
			}
			n += len(whole[i])
		}
		if n > len(b) {
			t.Fatalf("%d octets of frames out of %d", n, len(b))
		}
	})
}

func frames(r io.Reader) [][]byte {
	var all [][]byte
	pr := pdu.NewReader(r)
	for {
		frame, err := pr.ReadFrame()
		if err != nil {
			return all
		}
		all = append(all, bytes.Clone(frame))
	}
}

// FuzzTime holds that a time that parses prints as it was, and that no text makes the parsers panic.
func FuzzTime(f *testing.F) {
	for _, s := range []string{"", "240229235959948+", "020610233429000R", "000000010000000r", "250131120000056+"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if at, err := pdu.ParseTime(s); err == nil {
			if again, err := pdu.ParseTime(at.String()); err != nil || again != at {
				t.Fatalf("%q prints as %q, which parses as %v, %v", s, at, again, err)
			}
		}
		_, _ = pdu.ParseTimeLenient(s)
		_, _ = pdu.ParseFinalDate(s, nil)
	})
}

// FuzzTLV holds that no value makes a key panic, and that what a key reads it can write, if at all, so that it reads the
// same again.
func FuzzTLV(f *testing.F) {
	f.Add(uint16(pdu.TagMessageState), []byte{2})
	f.Add(uint16(pdu.TagReceiptedMessageID), []byte("4F2A9C01\x00"))
	f.Add(uint16(pdu.TagCallbackNum), []byte{1, 1, 1, '4', '6'})
	f.Add(uint16(pdu.TagBroadcastAreaIdentifier), []byte{0, 'x'})
	f.Fuzz(func(t *testing.T, tag uint16, value []byte) {
		tlvs := pdu.TLVs{{Tag: pdu.Tag(tag), Value: value}}
		check(t, tlv.MessageState, tlvs)
		check(t, tlv.ReceiptedMessageID, tlvs)
		check(t, tlv.NetworkErrorCode, tlvs)
		check(t, tlv.MSValidity, tlvs)
		check(t, tlv.UserMessageReference, tlvs)
		check(t, tlv.QoSTimeToLive, tlvs)
		check(t, tlv.AdditionalStatusInfoText, tlvs)
		check(t, tlv.ITSSessionInfo, tlvs)
		check(t, tlv.AlertOnMessageDelivery, tlvs)
		check(t, tlv.BroadcastEndTime, tlvs)
		check(t, tlv.BroadcastFrequencyInterval, tlvs)
	})
}

func check[T comparable](t *testing.T, k pdu.Key[T], tlvs pdu.TLVs) {
	t.Helper()
	v, ok, err := k.Get(tlvs)
	if !ok || err != nil {
		return
	}
	var again pdu.TLVs
	if k.Set(&again, v) != nil {
		return
	}
	if w, ok, err := k.Get(again); !ok || err != nil || w != v {
		t.Fatalf("%v: read %v, wrote %x, read %v, %v, %v", k.Tag(), v, again, w, ok, err)
	}
}
