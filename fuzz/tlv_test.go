package fuzz

import (
	"bytes"
	"fmt"
	"reflect"
	"testing"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/tlv"
)

// FuzzTLV holds for each key of package tlv that no value makes it panic, and that what it reads it can write, if at
// all, so that it reads the same again.
func FuzzTLV(f *testing.F) {
	for _, s := range []string{
		"", "\x02", "\x00\x02", "\x00\x00\x00\x02", "\x03\x00\x05", "4F2A9C01\x00", "\x01\x01\x0146", "\x00x", "123456",
		"1234567890", "250131120000004+\x00", "\x80\x00\x00\x01", "\x02\x00\x10\x00\x10\x00\x10\x00\x10",
	} {
		f.Add([]byte(s))
	}
	for _, b := range seeds(f) {
		if p, err := pdu.Decode(b); err == nil && p.Body != nil {
			if v := reflect.ValueOf(p.Body).Elem().FieldByName("TLVs"); v.IsValid() {
				for _, x := range v.Interface().(pdu.TLVs) {
					f.Add(x.Value)
				}
			}
		}
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		for _, k := range keys {
			k.check(t, value)
		}
	})
}

// TestFuzzTLVKeys: FuzzTLV has every key once.
func TestFuzzTLVKeys(t *testing.T) {
	tags := map[pdu.Tag]bool{}
	for _, k := range keys {
		tags[k.tag] = true
	}
	if len(tags) != 64 || len(keys) != 64 {
		t.Errorf("%d keys with %d tags, want 64", len(keys), len(tags))
	}
}

type anyKey struct {
	tag   pdu.Tag
	check func(t *testing.T, value []byte)
}

var keys = []anyKey{
	keyOf(tlv.MessagePayload),
	keyOf(tlv.PayloadType),
	keyOf(tlv.UserMessageReference),
	keyOf(tlv.SARMsgRefNum),
	keyOf(tlv.SARTotalSegments),
	keyOf(tlv.SARSegmentSeqnum),
	keyOf(tlv.MoreMessagesToSend),
	keyOf(tlv.QoSTimeToLive),
	keyOf(tlv.PrivacyIndicator),
	keyOf(tlv.LanguageIndicator),
	keyOf(tlv.BillingIdentification),
	keyOf(tlv.CallbackNum),
	keyOf(tlv.CallbackNumPresInd),
	keyOf(tlv.CallbackNumATag),
	keyOf(tlv.DestAddrSubunit),
	keyOf(tlv.SourceAddrSubunit),
	keyOf(tlv.DestNetworkType),
	keyOf(tlv.SourceNetworkType),
	keyOf(tlv.DestBearerType),
	keyOf(tlv.SourceBearerType),
	keyOf(tlv.DestTelematicsID),
	keyOf(tlv.SourceTelematicsID),
	keyOf(tlv.SourceNetworkID),
	keyOf(tlv.DestNetworkID),
	keyOf(tlv.SourceNodeID),
	keyOf(tlv.DestNodeID),
	keyOf(tlv.DestAddrNPResolution),
	keyOf(tlv.DestAddrNPInformation),
	keyOf(tlv.DestAddrNPCountry),
	keyOf(tlv.SourceSubaddress),
	keyOf(tlv.DestSubaddress),
	keyOf(tlv.SourcePort),
	keyOf(tlv.DestinationPort),
	keyOf(tlv.ReceiptedMessageID),
	keyOf(tlv.MessageState),
	keyOf(tlv.NetworkErrorCode),
	keyOf(tlv.AdditionalStatusInfoText),
	keyOf(tlv.DeliveryFailureReason),
	keyOf(tlv.DPFResult),
	keyOf(tlv.SetDPF),
	keyOf(tlv.MSAvailabilityStatus),
	keyOf(tlv.CongestionState),
	keyOf(tlv.SCInterfaceVersion),
	keyOf(tlv.MSMsgWaitFacilities),
	keyOf(tlv.MSValidity),
	keyOf(tlv.AlertOnMessageDelivery),
	keyOf(tlv.DisplayTime),
	keyOf(tlv.SMSSignal),
	keyOf(tlv.NumberOfMessages),
	keyOf(tlv.UserResponseCode),
	keyOf(tlv.USSDServiceOp),
	keyOf(tlv.ITSReplyType),
	keyOf(tlv.ITSSessionInfo),
	keyOf(tlv.BroadcastChannelIndicator),
	keyOf(tlv.BroadcastContentType),
	keyOf(tlv.BroadcastContentTypeInfo),
	keyOf(tlv.BroadcastMessageClass),
	keyOf(tlv.BroadcastRepNum),
	keyOf(tlv.BroadcastFrequencyInterval),
	keyOf(tlv.BroadcastAreaIdentifier),
	keyOf(tlv.BroadcastErrorStatus),
	keyOf(tlv.BroadcastAreaSuccess),
	keyOf(tlv.BroadcastEndTime),
	keyOf(tlv.BroadcastServiceGroup),
}

func keyOf[T any](k pdu.Key[T]) anyKey {
	return anyKey{k.Tag(), func(t *testing.T, value []byte) {
		v, ok, err := k.Get(pdu.TLVs{{Tag: k.Tag(), Value: value}})
		if !ok {
			t.Fatalf("%v is absent", k.Tag())
		}
		if err != nil {
			return
		}
		var once, twice pdu.TLVs
		if k.Set(&once, v) != nil {
			return
		}
		w, ok, err := k.Get(once)
		if !ok || err != nil || fmt.Sprint(v) != fmt.Sprint(w) {
			t.Fatalf("%v: read %v, wrote %v, read %v, %v, %v", k.Tag(), v, once, w, ok, err)
		}
		if err := k.Set(&twice, w); err != nil || !bytes.Equal(once[0].Value, twice[0].Value) {
			t.Fatalf("%v: wrote %v, and then %v, %v", k.Tag(), once, twice, err)
		}
	}}
}
