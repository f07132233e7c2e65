package tlv

import "github.com/smpp-go/smpp/pdu"

// What a message is, and how it is to be treated.
var (
	// MessagePayload is message_payload, the text, up to what the MC takes, in the place of short_message; only one of
	// the two may be filled. Get does not copy. SMPP 5.0 §4.8.4.36; SMPP 3.4 §5.3.2.32.
	MessagePayload pdu.Key[[]byte] = pdu.OctetsKey(pdu.TagMessagePayload, 0, 65535)

	// PayloadType is payload_type, what the payload is. SMPP 5.0 §4.8.4.44; SMPP 3.4 §5.3.2.10.
	PayloadType pdu.Key[pdu.PayloadType] = pdu.IntKey[pdu.PayloadType](pdu.TagPayloadType)

	// UserMessageReference is user_message_reference, a reference that the sender chose; acknowledgements and receipts
	// repeat it. SMPP 5.0 §4.8.4.62; SMPP 3.4 §5.3.2.17.
	UserMessageReference pdu.Key[uint16] = pdu.IntKey[uint16](pdu.TagUserMessageReference)

	// SARMsgRefNum is sar_msg_ref_num, the reference that all parts of a long message share. SMPP 5.0 §4.8.4.48;
	// SMPP 3.4 §5.3.2.22.
	SARMsgRefNum pdu.Key[uint16] = pdu.IntKey[uint16](pdu.TagSARMsgRefNum)

	// SARTotalSegments is sar_total_segments, the number of parts of a long message, 1 to 255. SMPP 5.0 §4.8.4.50;
	// SMPP 3.4 §5.3.2.23.
	SARTotalSegments pdu.Key[uint8] = pdu.IntKey[uint8](pdu.TagSARTotalSegments)

	// SARSegmentSeqnum is sar_segment_seqnum, the number of this part of a long message, from 1. SMPP 5.0 §4.8.4.49;
	// SMPP 3.4 §5.3.2.24.
	SARSegmentSeqnum pdu.Key[uint8] = pdu.IntKey[uint8](pdu.TagSARSegmentSeqnum)

	// MoreMessagesToSend is more_messages_to_send, whether more messages follow for the destination.
	// SMPP 5.0 §4.8.4.38; SMPP 3.4 §5.3.2.34.
	MoreMessagesToSend pdu.Key[pdu.MoreMessagesToSend] = pdu.IntKey[pdu.MoreMessagesToSend](pdu.TagMoreMessagesToSend)

	// QoSTimeToLive is qos_time_to_live, how long the MC keeps the message, in seconds. By SMPP 5.0 it goes before
	// validity_period. SMPP 5.0 §4.8.4.46; SMPP 3.4 §5.3.2.9.
	QoSTimeToLive pdu.Key[uint32] = pdu.IntKey[uint32](pdu.TagQoSTimeToLive)

	// PrivacyIndicator is privacy_indicator, the level of privacy of the message. SMPP 5.0 §4.8.4.45;
	// SMPP 3.4 §5.3.2.14.
	PrivacyIndicator pdu.Key[pdu.PrivacyIndicator] = pdu.IntKey[pdu.PrivacyIndicator](pdu.TagPrivacyIndicator)

	// LanguageIndicator is language_indicator, the language of the text. SMPP 5.0 §4.8.4.35; SMPP 3.4 §5.3.2.19.
	LanguageIndicator pdu.Key[pdu.LanguageIndicator] = pdu.IntKey[pdu.LanguageIndicator](pdu.TagLanguageIndicator)

	// BillingIdentification is billing_identification, what the MC needs for billing. SMPP 5.0 §4.8.4.3.
	BillingIdentification pdu.Key[pdu.BillingIdentification] = pdu.NewKey(
		pdu.TagBillingIdentification, pdu.ParseBillingIdentification, pdu.BillingIdentification.AppendBinary,
	)

	// CallbackNum is callback_num, a number to call back. It may repeat: see [pdu.Key.All]. SMPP 5.0 §4.8.4.15;
	// SMPP 3.4 §5.3.2.36.
	CallbackNum pdu.Key[pdu.CallbackNum] = pdu.NewKey(
		pdu.TagCallbackNum, pdu.ParseCallbackNum, pdu.CallbackNum.AppendBinary,
	)

	// CallbackNumPresInd is callback_num_pres_ind, presentation and screening of a number to call back. It may repeat,
	// in the order of callback_num. SMPP 5.0 §4.8.4.17; SMPP 3.4 §5.3.2.37.
	CallbackNumPresInd pdu.Key[pdu.CallbackNumPresInd] = pdu.IntKey[pdu.CallbackNumPresInd](pdu.TagCallbackNumPresInd)

	// CallbackNumATag is callback_num_atag, the name to show for a number to call back. It may repeat, in the order of
	// callback_num. SMPP 5.0 §4.8.4.16; SMPP 3.4 §5.3.2.38.
	CallbackNumATag pdu.Key[pdu.CallbackNumATag] = pdu.NewKey(
		pdu.TagCallbackNumATag, pdu.ParseCallbackNumATag, pdu.CallbackNumATag.AppendBinary,
	)
)
