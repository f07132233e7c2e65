package tlv

import "github.com/smpp-go/smpp/pdu"

// Broadcasts, all of SMPP 5.0.
var (
	// BroadcastChannelIndicator is broadcast_channel_indicator, the channel of the cell broadcast. SMPP 5.0 §4.8.4.7.
	BroadcastChannelIndicator pdu.Key[pdu.BroadcastChannelIndicator] = pdu.IntKey[pdu.BroadcastChannelIndicator](
		pdu.TagBroadcastChannelIndicator,
	)

	// BroadcastContentType is broadcast_content_type, what the broadcast is about. SMPP 5.0 §4.8.4.8.
	BroadcastContentType pdu.Key[pdu.BroadcastContentType] = pdu.NewKey(
		pdu.TagBroadcastContentType, pdu.ParseBroadcastContentType, pdu.BroadcastContentType.AppendBinary,
	)

	// BroadcastContentTypeInfo is broadcast_content_type_info, more about the content type, free in form. Get does not
	// copy. SMPP 5.0 §4.8.4.6.
	BroadcastContentTypeInfo pdu.Key[[]byte] = pdu.OctetsKey(pdu.TagBroadcastContentTypeInfo, 1, 255)

	// BroadcastMessageClass is broadcast_message_class, the message class of the broadcast. SMPP 5.0 §4.8.4.12.
	BroadcastMessageClass pdu.Key[pdu.BroadcastMessageClass] = pdu.IntKey[pdu.BroadcastMessageClass](
		pdu.TagBroadcastMessageClass,
	)

	// BroadcastRepNum is broadcast_rep_num, how often the broadcast is repeated; 0 without limit, or as validity and
	// interval imply. SMPP 5.0 §4.8.4.13.
	BroadcastRepNum pdu.Key[uint16] = pdu.IntKey[uint16](pdu.TagBroadcastRepNum)

	// BroadcastFrequencyInterval is broadcast_frequency_interval, the time between two repetitions. SMPP 5.0 §4.8.4.11.
	BroadcastFrequencyInterval pdu.Key[pdu.BroadcastFrequencyInterval] = pdu.NewKey(
		pdu.TagBroadcastFrequencyInterval, pdu.ParseBroadcastFrequencyInterval, pdu.BroadcastFrequencyInterval.AppendBinary,
	)

	// BroadcastAreaIdentifier is broadcast_area_identifier, an area to broadcast to, or in broadcast_sm_resp, as
	// failed_broadcast_area_identifier, one that failed. It may repeat: see [pdu.Key.All]. SMPP 5.0 §4.8.4.4.
	BroadcastAreaIdentifier pdu.Key[pdu.BroadcastArea] = pdu.NewKey(
		pdu.TagBroadcastAreaIdentifier, pdu.ParseBroadcastArea, pdu.BroadcastArea.AppendBinary,
	)

	// BroadcastErrorStatus is broadcast_error_status, the error of one failed area. It may repeat, in the order of the
	// failed areas. SMPP 5.0 §4.8.4.10.
	BroadcastErrorStatus pdu.Key[pdu.CommandStatus] = pdu.IntKey[pdu.CommandStatus](pdu.TagBroadcastErrorStatus)

	// BroadcastAreaSuccess is broadcast_area_success, the share of base stations that took the message. It may repeat,
	// in the order of broadcast_area_identifier. SMPP 5.0 §4.8.4.5.
	BroadcastAreaSuccess pdu.Key[pdu.BroadcastAreaSuccess] = pdu.IntKey[pdu.BroadcastAreaSuccess](
		pdu.TagBroadcastAreaSuccess,
	)

	// BroadcastEndTime is broadcast_end_time, when the broadcast ended, an absolute time. Get takes it with its NUL or
	// without, since the document prints the length that leaves none; Set writes 17 octets. SMPP 5.0 §4.8.4.9.
	BroadcastEndTime pdu.Key[pdu.Time] = pdu.NewKey(pdu.TagBroadcastEndTime, parseEndTime, appendEndTime)

	// BroadcastServiceGroup is broadcast_service_group, the group that the broadcast is for, free in form. Get does not
	// copy. SMPP 5.0 §4.8.4.14.
	BroadcastServiceGroup pdu.Key[[]byte] = pdu.OctetsKey(pdu.TagBroadcastServiceGroup, 1, 255)
)
