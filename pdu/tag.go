package pdu

import (
	"bytes"
	"fmt"
)

// Tag is the tag of a TLV, the optional parameters of SMPP 3.4 and later. SMPP 5.0 §4.8.1; SMPP 3.4 §5.3.2.
type Tag uint16

// Tags of SMPP 3.4 and 5.0. The comments hold the names that String returns and what the value is; the typed keys of
// package pdu/tlv read and write the values.
const (
	TagDestAddrSubunit            Tag = 0x0005 // dest_addr_subunit; integer, 1 octet
	TagDestNetworkType            Tag = 0x0006 // dest_network_type; integer, 1 octet
	TagDestBearerType             Tag = 0x0007 // dest_bearer_type; integer, 1 octet
	TagDestTelematicsID           Tag = 0x0008 // dest_telematics_id; integer, 2 octets
	TagSourceAddrSubunit          Tag = 0x000D // source_addr_subunit; integer, 1 octet
	TagSourceNetworkType          Tag = 0x000E // source_network_type; integer, 1 octet
	TagSourceBearerType           Tag = 0x000F // source_bearer_type; integer, 1 octet
	TagSourceTelematicsID         Tag = 0x0010 // source_telematics_id; integer, 1 octet
	TagQoSTimeToLive              Tag = 0x0017 // qos_time_to_live; integer, 4 octets
	TagPayloadType                Tag = 0x0019 // payload_type; integer, 1 octet
	TagAdditionalStatusInfoText   Tag = 0x001D // additional_status_info_text; C string, 1 to 256
	TagReceiptedMessageID         Tag = 0x001E // receipted_message_id; C string, 1 to 65
	TagMSMsgWaitFacilities        Tag = 0x0030 // ms_msg_wait_facilities; bits, 1 octet
	TagPrivacyIndicator           Tag = 0x0201 // privacy_indicator; integer, 1 octet
	TagSourceSubaddress           Tag = 0x0202 // source_subaddress; octets, 2 to 23
	TagDestSubaddress             Tag = 0x0203 // dest_subaddress; octets, 2 to 23
	TagUserMessageReference       Tag = 0x0204 // user_message_reference; integer, 2 octets
	TagUserResponseCode           Tag = 0x0205 // user_response_code; integer, 1 octet
	TagSourcePort                 Tag = 0x020A // source_port; integer, 2 octets
	TagDestinationPort            Tag = 0x020B // destination_port; integer, 2 octets
	TagSARMsgRefNum               Tag = 0x020C // sar_msg_ref_num; integer, 2 octets
	TagLanguageIndicator          Tag = 0x020D // language_indicator; integer, 1 octet
	TagSARTotalSegments           Tag = 0x020E // sar_total_segments; integer, 1 octet
	TagSARSegmentSeqnum           Tag = 0x020F // sar_segment_seqnum; integer, 1 octet
	TagSCInterfaceVersion         Tag = 0x0210 // sc_interface_version; integer, 1 octet
	TagCallbackNumPresInd         Tag = 0x0302 // callback_num_pres_ind; bits, 1 octet
	TagCallbackNumATag            Tag = 0x0303 // callback_num_atag; octets, 1 to 65
	TagNumberOfMessages           Tag = 0x0304 // number_of_messages; integer, 1 octet
	TagCallbackNum                Tag = 0x0381 // callback_num; octets, 4 to 19
	TagDPFResult                  Tag = 0x0420 // dpf_result; integer, 1 octet
	TagSetDPF                     Tag = 0x0421 // set_dpf; integer, 1 octet
	TagMSAvailabilityStatus       Tag = 0x0422 // ms_availability_status; integer, 1 octet
	TagNetworkErrorCode           Tag = 0x0423 // network_error_code; 3 octets
	TagMessagePayload             Tag = 0x0424 // message_payload; octets, 0 to 65535
	TagDeliveryFailureReason      Tag = 0x0425 // delivery_failure_reason; integer, 1 octet
	TagMoreMessagesToSend         Tag = 0x0426 // more_messages_to_send; integer, 1 octet
	TagMessageState               Tag = 0x0427 // message_state; integer, 1 octet
	TagCongestionState            Tag = 0x0428 // congestion_state; integer, 1 octet (5.0)
	TagUSSDServiceOp              Tag = 0x0501 // ussd_service_op; integer, 1 octet
	TagBroadcastChannelIndicator  Tag = 0x0600 // broadcast_channel_indicator; integer, 1 octet (5.0)
	TagBroadcastContentType       Tag = 0x0601 // broadcast_content_type; 3 octets (5.0)
	TagBroadcastContentTypeInfo   Tag = 0x0602 // broadcast_content_type_info; octets, 1 to 255 (5.0)
	TagBroadcastMessageClass      Tag = 0x0603 // broadcast_message_class; integer, 1 octet (5.0)
	TagBroadcastRepNum            Tag = 0x0604 // broadcast_rep_num; integer, 2 octets (5.0)
	TagBroadcastFrequencyInterval Tag = 0x0605 // broadcast_frequency_interval; 3 octets (5.0)
	TagBroadcastAreaIdentifier    Tag = 0x0606 // broadcast_area_identifier; octets, 1 to 101 (5.0)
	TagBroadcastErrorStatus       Tag = 0x0607 // broadcast_error_status; integer, 4 octets (5.0)
	TagBroadcastAreaSuccess       Tag = 0x0608 // broadcast_area_success; integer, 1 octet (5.0)
	TagBroadcastEndTime           Tag = 0x0609 // broadcast_end_time; C string, 16 to 17 (5.0)
	TagBroadcastServiceGroup      Tag = 0x060A // broadcast_service_group; octets, 1 to 255 (5.0)
	TagBillingIdentification      Tag = 0x060B // billing_identification; octets, 1 to 1024 (5.0)
	TagSourceNetworkID            Tag = 0x060D // source_network_id; C string, 7 to 65 (5.0)
	TagDestNetworkID              Tag = 0x060E // dest_network_id; C string, 7 to 65 (5.0)
	TagSourceNodeID               Tag = 0x060F // source_node_id; 6 octets (5.0)
	TagDestNodeID                 Tag = 0x0610 // dest_node_id; 6 octets (5.0)
	TagDestAddrNPResolution       Tag = 0x0611 // dest_addr_np_resolution; integer, 1 octet (5.0)
	TagDestAddrNPInformation      Tag = 0x0612 // dest_addr_np_information; 10 octets (5.0)
	TagDestAddrNPCountry          Tag = 0x0613 // dest_addr_np_country; octets, 1 to 5 (5.0)
	TagDisplayTime                Tag = 0x1201 // display_time; integer, 1 octet
	TagSMSSignal                  Tag = 0x1203 // sms_signal; integer, 2 octets
	TagMSValidity                 Tag = 0x1204 // ms_validity; 1 octet; 5.0: 1 or 4
	TagAlertOnMessageDelivery     Tag = 0x130C // alert_on_message_delivery; empty; 5.0: 0 or 1 octets
	TagITSReplyType               Tag = 0x1380 // its_reply_type; integer, 1 octet
	TagITSSessionInfo             Tag = 0x1383 // its_session_info; 2 octets
)

// kind is how the value of a field or TLV is to be read.
type kind uint8

const (
	kindInteger kind = iota // unsigned, big endian
	kindBitmask             // an integer of flags
	kindOctets              // as it stands
	kindCString             // text and one NUL
)

// tagSpec is what the specification says of a TLV.
type tagSpec struct {
	tag  Tag
	name string
	kind kind
	min  int     // smallest length of the value in octets; of a C string with its NUL
	max  int     // largest length of the value in octets; of a C string with its NUL
	from Version // first version with the TLV
}

// tagSpecs is in the order of the tags, for the search in Tag.spec.
var tagSpecs = [...]tagSpec{
	{TagDestAddrSubunit, "dest_addr_subunit", kindInteger, 1, 1, V34},
	{TagDestNetworkType, "dest_network_type", kindInteger, 1, 1, V34},
	{TagDestBearerType, "dest_bearer_type", kindInteger, 1, 1, V34},
	{TagDestTelematicsID, "dest_telematics_id", kindInteger, 2, 2, V34},
	{TagSourceAddrSubunit, "source_addr_subunit", kindInteger, 1, 1, V34},
	{TagSourceNetworkType, "source_network_type", kindInteger, 1, 1, V34},
	{TagSourceBearerType, "source_bearer_type", kindInteger, 1, 1, V34},
	{TagSourceTelematicsID, "source_telematics_id", kindInteger, 1, 1, V34},
	{TagQoSTimeToLive, "qos_time_to_live", kindInteger, 4, 4, V34},
	{TagPayloadType, "payload_type", kindInteger, 1, 1, V34},
	{TagAdditionalStatusInfoText, "additional_status_info_text", kindCString, 1, 256, V34},
	{TagReceiptedMessageID, "receipted_message_id", kindCString, 1, 65, V34},
	{TagMSMsgWaitFacilities, "ms_msg_wait_facilities", kindBitmask, 1, 1, V34},
	{TagPrivacyIndicator, "privacy_indicator", kindInteger, 1, 1, V34},
	{TagSourceSubaddress, "source_subaddress", kindOctets, 2, 23, V34},
	{TagDestSubaddress, "dest_subaddress", kindOctets, 2, 23, V34},
	{TagUserMessageReference, "user_message_reference", kindInteger, 2, 2, V34},
	{TagUserResponseCode, "user_response_code", kindInteger, 1, 1, V34},
	{TagSourcePort, "source_port", kindInteger, 2, 2, V34},
	{TagDestinationPort, "destination_port", kindInteger, 2, 2, V34},
	{TagSARMsgRefNum, "sar_msg_ref_num", kindInteger, 2, 2, V34},
	{TagLanguageIndicator, "language_indicator", kindInteger, 1, 1, V34},
	{TagSARTotalSegments, "sar_total_segments", kindInteger, 1, 1, V34},
	{TagSARSegmentSeqnum, "sar_segment_seqnum", kindInteger, 1, 1, V34},
	{TagSCInterfaceVersion, "sc_interface_version", kindInteger, 1, 1, V34},
	{TagCallbackNumPresInd, "callback_num_pres_ind", kindBitmask, 1, 1, V34},
	{TagCallbackNumATag, "callback_num_atag", kindOctets, 1, 65, V34},
	{TagNumberOfMessages, "number_of_messages", kindInteger, 1, 1, V34},
	{TagCallbackNum, "callback_num", kindOctets, 4, 19, V34},
	{TagDPFResult, "dpf_result", kindInteger, 1, 1, V34},
	{TagSetDPF, "set_dpf", kindInteger, 1, 1, V34},
	{TagMSAvailabilityStatus, "ms_availability_status", kindInteger, 1, 1, V34},
	{TagNetworkErrorCode, "network_error_code", kindOctets, 3, 3, V34},
	{TagMessagePayload, "message_payload", kindOctets, 0, 65535, V34},
	{TagDeliveryFailureReason, "delivery_failure_reason", kindInteger, 1, 1, V34},
	{TagMoreMessagesToSend, "more_messages_to_send", kindInteger, 1, 1, V34},
	{TagMessageState, "message_state", kindInteger, 1, 1, V34},
	{TagCongestionState, "congestion_state", kindInteger, 1, 1, V50},
	{TagUSSDServiceOp, "ussd_service_op", kindInteger, 1, 1, V34},
	{TagBroadcastChannelIndicator, "broadcast_channel_indicator", kindInteger, 1, 1, V50},
	{TagBroadcastContentType, "broadcast_content_type", kindOctets, 3, 3, V50},
	{TagBroadcastContentTypeInfo, "broadcast_content_type_info", kindOctets, 1, 255, V50},
	{TagBroadcastMessageClass, "broadcast_message_class", kindInteger, 1, 1, V50},
	{TagBroadcastRepNum, "broadcast_rep_num", kindInteger, 2, 2, V50},
	{TagBroadcastFrequencyInterval, "broadcast_frequency_interval", kindOctets, 3, 3, V50},
	{TagBroadcastAreaIdentifier, "broadcast_area_identifier", kindOctets, 1, 101, V50},
	{TagBroadcastErrorStatus, "broadcast_error_status", kindInteger, 4, 4, V50},
	{TagBroadcastAreaSuccess, "broadcast_area_success", kindInteger, 1, 1, V50},
	{TagBroadcastEndTime, "broadcast_end_time", kindCString, 16, 17, V50},
	{TagBroadcastServiceGroup, "broadcast_service_group", kindOctets, 1, 255, V50},
	{TagBillingIdentification, "billing_identification", kindOctets, 1, 1024, V50},
	{TagSourceNetworkID, "source_network_id", kindCString, 7, 65, V50},
	{TagDestNetworkID, "dest_network_id", kindCString, 7, 65, V50},
	{TagSourceNodeID, "source_node_id", kindOctets, 6, 6, V50},
	{TagDestNodeID, "dest_node_id", kindOctets, 6, 6, V50},
	{TagDestAddrNPResolution, "dest_addr_np_resolution", kindInteger, 1, 1, V50},
	{TagDestAddrNPInformation, "dest_addr_np_information", kindOctets, 10, 10, V50},
	{TagDestAddrNPCountry, "dest_addr_np_country", kindOctets, 1, 5, V50},
	{TagDisplayTime, "display_time", kindInteger, 1, 1, V34},
	{TagSMSSignal, "sms_signal", kindInteger, 2, 2, V34},
	{TagMSValidity, "ms_validity", kindOctets, 1, 4, V34},
	{TagAlertOnMessageDelivery, "alert_on_message_delivery", kindInteger, 0, 1, V34},
	{TagITSReplyType, "its_reply_type", kindInteger, 1, 1, V34},
	{TagITSSessionInfo, "its_session_info", kindOctets, 2, 2, V34},
}

// spec returns what the specification says of the tag, and nil for an unknown one.
func (t Tag) spec() *tagSpec {
	if int(t) >= len(tagIndex) || tagIndex[t] == 0 {
		return nil
	}
	return &tagSpecs[tagIndex[t]-1]
}

// tagIndex holds for each tag its place in tagSpecs, counted from 1; zero for unknown ones. Decoding looks up every TLV,
// and a search costs as much as the rest of the TLV.
var tagIndex = func() (index [TagITSSessionInfo + 1]uint8) {
	for i, s := range tagSpecs {
		index[s.tag] = uint8(i + 1)
	}
	return index
}()

// String returns the name in the specification, such as "receipted_message_id"; an unknown tag comes as "0x1400".
func (t Tag) String() string {
	if s := t.spec(); s != nil {
		return s.name
	}
	return "0x" + hexDigits(uint32(t), 4)
}

// Known reports whether SMPP 5.0 has the TLV; it has all those of SMPP 3.4.
func (t Tag) Known() bool {
	return t.spec() != nil
}

// Vendor reports whether the tag is of the range 0x1400..0x3FFF, which is free for vendors. SMPP 5.0 §4.8.1.
func (t Tag) Vendor() bool { return t >= 0x1400 && t <= 0x3FFF }

// allows reports whether a value of n octets is of a length that version v permits. Three TLVs have lengths that
// minimum and maximum do not tell.
func (s *tagSpec) allows(v Version, n int) bool {
	switch s.tag {
	case TagSourceTelematicsID:
		return n == 1 || n == 2 // documents say 1 and refer to a TLV of 2; both are sent
	case TagMSValidity:
		return n == 1 || n == 4 && v >= V50
	case TagAlertOnMessageDelivery:
		return n == 0 || n == 1 && v >= V50
	}
	return s.min <= n && n <= s.max
}

// checkTLV holds a TLV strictly against the length that version v has for it, and a C string against ending in its
// only NUL. It returns the status to refuse the TLV with, and a [*TLVError]; StatusOK and nil when there is nothing to
// say against it, which includes every tag that v does not have, since those are to be ignored (SMPP 5.0 §2.11.1).
func checkTLV(v Version, t TLV) (CommandStatus, error) {
	s := t.Tag.spec()
	if s == nil || v < s.from {
		return StatusOK, nil
	}
	if !s.allows(v, len(t.Value)) {
		var reason error = &lengthError{len(t.Value), s.min, s.max}
		if s.min <= len(t.Value) && len(t.Value) <= s.max {
			reason = fmt.Errorf("length %d, which version %v does not have", len(t.Value), v)
		}
		err := &TLVError{Tag: t.Tag, Status: StatusInvalidTLVLength, Err: reason}
		return err.Status, err
	}
	if s.kind == kindCString && !s.endsWell(t.Value) {
		err := &TLVError{Tag: t.Tag, Status: StatusInvalidTLVValue, Err: errNUL}
		return err.Status, err
	}
	return StatusOK, nil
}

// endsWell reports whether the C string has one NUL, at its end. The table of broadcast_end_time prints a length that
// leaves no room for the NUL of the format it refers to, so there both forms are right.
func (s *tagSpec) endsWell(value []byte) bool {
	nul := bytes.IndexByte(value, 0)
	return nul == len(value)-1 || nul < 0 && s.tag == TagBroadcastEndTime && len(value) == s.min
}

// lengthError says that a value has not the length it must have.
type lengthError struct{ got, min, max int }

func (e *lengthError) Error() string {
	if e.min == e.max {
		return fmt.Sprintf("length %d, want %d", e.got, e.min)
	}
	return fmt.Sprintf("length %d, want %d to %d", e.got, e.min, e.max)
}
