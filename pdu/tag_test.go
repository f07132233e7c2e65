package pdu

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTags(t *testing.T) {
	constants := map[string]Tag{
		"dest_addr_subunit":            TagDestAddrSubunit,
		"dest_network_type":            TagDestNetworkType,
		"dest_bearer_type":             TagDestBearerType,
		"dest_telematics_id":           TagDestTelematicsID,
		"source_addr_subunit":          TagSourceAddrSubunit,
		"source_network_type":          TagSourceNetworkType,
		"source_bearer_type":           TagSourceBearerType,
		"source_telematics_id":         TagSourceTelematicsID,
		"qos_time_to_live":             TagQoSTimeToLive,
		"payload_type":                 TagPayloadType,
		"additional_status_info_text":  TagAdditionalStatusInfoText,
		"receipted_message_id":         TagReceiptedMessageID,
		"ms_msg_wait_facilities":       TagMSMsgWaitFacilities,
		"privacy_indicator":            TagPrivacyIndicator,
		"source_subaddress":            TagSourceSubaddress,
		"dest_subaddress":              TagDestSubaddress,
		"user_message_reference":       TagUserMessageReference,
		"user_response_code":           TagUserResponseCode,
		"source_port":                  TagSourcePort,
		"destination_port":             TagDestinationPort,
		"sar_msg_ref_num":              TagSARMsgRefNum,
		"language_indicator":           TagLanguageIndicator,
		"sar_total_segments":           TagSARTotalSegments,
		"sar_segment_seqnum":           TagSARSegmentSeqnum,
		"sc_interface_version":         TagSCInterfaceVersion,
		"callback_num_pres_ind":        TagCallbackNumPresInd,
		"callback_num_atag":            TagCallbackNumATag,
		"number_of_messages":           TagNumberOfMessages,
		"callback_num":                 TagCallbackNum,
		"dpf_result":                   TagDPFResult,
		"set_dpf":                      TagSetDPF,
		"ms_availability_status":       TagMSAvailabilityStatus,
		"network_error_code":           TagNetworkErrorCode,
		"message_payload":              TagMessagePayload,
		"delivery_failure_reason":      TagDeliveryFailureReason,
		"more_messages_to_send":        TagMoreMessagesToSend,
		"message_state":                TagMessageState,
		"congestion_state":             TagCongestionState,
		"ussd_service_op":              TagUSSDServiceOp,
		"broadcast_channel_indicator":  TagBroadcastChannelIndicator,
		"broadcast_content_type":       TagBroadcastContentType,
		"broadcast_content_type_info":  TagBroadcastContentTypeInfo,
		"broadcast_message_class":      TagBroadcastMessageClass,
		"broadcast_rep_num":            TagBroadcastRepNum,
		"broadcast_frequency_interval": TagBroadcastFrequencyInterval,
		"broadcast_area_identifier":    TagBroadcastAreaIdentifier,
		"broadcast_error_status":       TagBroadcastErrorStatus,
		"broadcast_area_success":       TagBroadcastAreaSuccess,
		"broadcast_end_time":           TagBroadcastEndTime,
		"broadcast_service_group":      TagBroadcastServiceGroup,
		"billing_identification":       TagBillingIdentification,
		"source_network_id":            TagSourceNetworkID,
		"dest_network_id":              TagDestNetworkID,
		"source_node_id":               TagSourceNodeID,
		"dest_node_id":                 TagDestNodeID,
		"dest_addr_np_resolution":      TagDestAddrNPResolution,
		"dest_addr_np_information":     TagDestAddrNPInformation,
		"dest_addr_np_country":         TagDestAddrNPCountry,
		"display_time":                 TagDisplayTime,
		"sms_signal":                   TagSMSSignal,
		"ms_validity":                  TagMSValidity,
		"alert_on_message_delivery":    TagAlertOnMessageDelivery,
		"its_reply_type":               TagITSReplyType,
		"its_session_info":             TagITSSessionInfo,
	}
	kinds := map[string]kind{"integer": kindInteger, "bitmask": kindBitmask, "octets": kindOctets, "cstring": kindCString}
	tlvs := specFacts(t).TLVs
	require.Len(t, tlvs, len(constants))
	require.Len(t, tlvs, len(tagSpecs))
	for _, f := range tlvs {
		tag, ok := constants[f.Name]
		require.True(t, ok, f.Name)
		require.Equal(t, factNumber(t, f.Tag, 16), uint64(tag), f.Name)
		require.Equal(t, f.Name, tag.String())
		require.True(t, tag.Known())
		spec := tag.spec()
		require.Equal(t, &tagSpec{tag, f.Name, kinds[f.Type], f.Min, f.Max, factVersion(t, f.Since)}, spec)
		for _, name := range []string{"3.4", "5.0"} {
			for n := range min(f.Max+2, 2000) {
				want := f.Min <= n && n <= f.Max
				switch {
				case f.Lengths != nil:
					want = slices.Contains(f.Lengths[name], n)
				case f.DecodeLengths != nil:
					want = slices.Contains(f.DecodeLengths, n)
				}
				require.Equal(t, want, spec.allows(factVersion(t, name), n), "%s of %d in %s", f.Name, n, name)
			}
		}
	}
	require.True(t, slices.IsSortedFunc(tagSpecs[:], func(a, b tagSpec) int { return int(a.tag) - int(b.tag) }))
}

func TestUnknownTags(t *testing.T) {
	known := map[Tag]bool{}
	for _, f := range specFacts(t).TLVs {
		known[Tag(factNumber(t, f.Tag, 16))] = true
	}
	for n := range 0x10000 {
		tag := Tag(n)
		require.Equal(t, n >= 0x1400 && n <= 0x3FFF, tag.Vendor())
		require.Equal(t, known[tag], tag.Known())
		if !known[tag] {
			require.Equal(t, fmt.Sprintf("0x%04X", n), tag.String())
		}
	}
}

func TestCheckTLV(t *testing.T) {
	for _, test := range []struct {
		version Version
		tag     Tag
		value   string
		want    CommandStatus
	}{
		{V34, TagSourcePort, "P", StatusInvalidTLVLength},
		{V34, TagSourcePort, "\x23\xF0", StatusOK},
		{V34, TagSourcePort, "\x00\x00\x23\xF0", StatusInvalidTLVLength},
		{V34, TagQoSTimeToLive, "", StatusInvalidTLVLength},
		{V34, TagNetworkErrorCode, "\x03\x00", StatusInvalidTLVLength},
		{V34, TagReceiptedMessageID, "1\x00", StatusOK},
		{V34, TagReceiptedMessageID, "\x00", StatusOK},
		{V34, TagReceiptedMessageID, "", StatusInvalidTLVLength},
		{V34, TagReceiptedMessageID, "4F2A9C01", StatusInvalidTLVValue},
		{V34, TagReceiptedMessageID, "1\x002\x00", StatusInvalidTLVValue},
		{V34, TagReceiptedMessageID, "1\x00\x00", StatusInvalidTLVValue},
		{V34, TagAlertOnMessageDelivery, "", StatusOK},
		{V34, TagAlertOnMessageDelivery, "\x01", StatusInvalidTLVLength},
		{V50, TagAlertOnMessageDelivery, "\x01", StatusOK},
		{V50, TagAlertOnMessageDelivery, "\x01\x02", StatusInvalidTLVLength},
		{V34, TagMSValidity, "\x04\x00\x00\x01", StatusInvalidTLVLength},
		{V50, TagMSValidity, "\x04\x00\x00\x01", StatusOK},
		{V50, TagMSValidity, "\x04\x00", StatusInvalidTLVLength},
		{V34, TagSourceTelematicsID, "\x00\x01", StatusOK},
		{V50, TagBroadcastEndTime, "250131120000000+\x00", StatusOK},
		{V50, TagBroadcastEndTime, "250131120000000+", StatusOK},
		{V50, TagBroadcastEndTime, "250131120000000+0", StatusInvalidTLVValue},
		{V50, TagSourceNetworkID, "12345\x00", StatusInvalidTLVLength},
		{V50, TagSourceNetworkID, "123456\x00", StatusOK},
		{V34, TagSourceNetworkID, "not of this version", StatusOK},
		{V33, TagSourcePort, "P", StatusOK},
		{V50, 0x1400, "vendor", StatusOK},
		{V50, 0x0000, "", StatusOK},
		{V50, 0xFFFF, "x", StatusOK},
	} {
		name := fmt.Sprintf("%v %v %q", test.version, test.tag, test.value)
		status, err := checkTLV(test.version, TLV{Tag: test.tag, Value: []byte(test.value)})
		require.Equal(t, test.want, status, name)
		if test.want == StatusOK {
			require.NoError(t, err, name)
			continue
		}
		var failed *TLVError
		require.ErrorAs(t, err, &failed, name)
		require.Equal(t, test.tag, failed.Tag)
		require.Equal(t, test.want, failed.Status)
		require.Contains(t, err.Error(), test.tag.String())
	}
}
