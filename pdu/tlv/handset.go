package tlv

import "github.com/smpp-go/smpp/pdu"

// What the handset and its user are to do.
var (
	// MSMsgWaitFacilities is ms_msg_wait_facilities, the indicator of waiting messages to switch on or off.
	// SMPP 5.0 §4.8.4.40; SMPP 3.4 §5.3.2.13.
	MSMsgWaitFacilities pdu.Key[pdu.MSMsgWaitFacilities] = pdu.IntKey[pdu.MSMsgWaitFacilities](
		pdu.TagMSMsgWaitFacilities,
	)

	// MSValidity is ms_validity, how long the handset keeps the message, in one octet, or with SMPP 5.0 four.
	// SMPP 5.0 §4.8.4.41; SMPP 3.4 §5.3.2.27.
	MSValidity pdu.Key[pdu.MSValidity] = pdu.NewKey(pdu.TagMSValidity, pdu.ParseMSValidity, pdu.MSValidity.AppendBinary)

	// AlertOnMessageDelivery is alert_on_message_delivery, how the handset alerts its user. Set writes the default
	// alert as an empty TLV, which SMPP 3.4 wants; the other alerts are of SMPP 5.0. SMPP 5.0 §4.8.4.2;
	// SMPP 3.4 §5.3.2.41.
	AlertOnMessageDelivery pdu.Key[pdu.AlertOnMessageDelivery] = pdu.NewKey(
		pdu.TagAlertOnMessageDelivery, pdu.ParseAlertOnMessageDelivery, pdu.AlertOnMessageDelivery.AppendBinary,
	)

	// DisplayTime is display_time, how long the handset shows the message. SMPP 5.0 §4.8.4.31; SMPP 3.4 §5.3.2.26.
	DisplayTime pdu.Key[pdu.DisplayTime] = pdu.IntKey[pdu.DisplayTime](pdu.TagDisplayTime)

	// SMSSignal is sms_signal, the tone that alerts the user, as the network encodes it. SMPP 5.0 §4.8.4.53;
	// SMPP 3.4 §5.3.2.40.
	SMSSignal pdu.Key[uint16] = pdu.IntKey[uint16](pdu.TagSMSSignal)

	// NumberOfMessages is number_of_messages, the number of messages in the mailbox, 0 to 99. SMPP 5.0 §4.8.4.43;
	// SMPP 3.4 §5.3.2.39.
	NumberOfMessages pdu.Key[uint8] = pdu.IntKey[uint8](pdu.TagNumberOfMessages)

	// UserResponseCode is user_response_code, the code of a user's acknowledgement; 0 to 15 in TDMA networks.
	// SMPP 5.0 §4.8.4.63; SMPP 3.4 §5.3.2.18.
	UserResponseCode pdu.Key[uint8] = pdu.IntKey[uint8](pdu.TagUserResponseCode)

	// USSDServiceOp is ussd_service_op, the USSD operation. SMPP 5.0 §4.8.4.64; SMPP 3.4 §5.3.2.44.
	USSDServiceOp pdu.Key[pdu.USSDServiceOp] = pdu.IntKey[pdu.USSDServiceOp](pdu.TagUSSDServiceOp)

	// ITSReplyType is its_reply_type, how the user of an interactive teleservice is to reply. SMPP 5.0 §4.8.4.33;
	// SMPP 3.4 §5.3.2.42.
	ITSReplyType pdu.Key[pdu.ITSReplyType] = pdu.IntKey[pdu.ITSReplyType](pdu.TagITSReplyType)

	// ITSSessionInfo is its_session_info, where the message belongs in a dialogue of an interactive teleservice.
	// SMPP 5.0 §4.8.4.34; SMPP 3.4 §5.3.2.43.
	ITSSessionInfo pdu.Key[pdu.ITSSessionInfo] = pdu.NewKey(
		pdu.TagITSSessionInfo, pdu.ParseITSSessionInfo, pdu.ITSSessionInfo.AppendBinary,
	)
)
