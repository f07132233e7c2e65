package tlv

import "github.com/smpp-go/smpp/pdu"

// What became of a message, and of the session.
var (
	// ReceiptedMessageID is receipted_message_id, the id, at most 64 octets, of the message that a receipt is about.
	// Get takes it without its NUL, as many MCs send it, or of 65 octets. SMPP 5.0 §4.8.4.47; SMPP 3.4 §5.3.2.12.
	ReceiptedMessageID pdu.Key[string] = pdu.CStringKey(pdu.TagReceiptedMessageID, 65)

	// MessageState is message_state, the state of the message that a receipt is about. SMPP 5.0 §4.8.4.37;
	// SMPP 3.4 §5.3.2.35.
	MessageState pdu.Key[pdu.MessageState] = pdu.IntKey[pdu.MessageState](pdu.TagMessageState)

	// NetworkErrorCode is network_error_code, the error that the network gave. Peers send other lengths than three
	// octets too; those are errors of Get, and the octets are in the TLVs. SMPP 5.0 §4.8.4.42; SMPP 3.4 §5.3.2.31.
	NetworkErrorCode pdu.Key[pdu.NetworkErrorCode] = pdu.NewKey(
		pdu.TagNetworkErrorCode, pdu.ParseNetworkErrorCode, pdu.NetworkErrorCode.AppendBinary,
	)

	// AdditionalStatusInfoText is additional_status_info_text, a text for humans about the outcome that the response
	// tells, of at most 255 octets. Get takes it without its NUL, or of 256 octets. SMPP 5.0 §4.8.4.1;
	// SMPP 3.4 §5.3.2.11.
	AdditionalStatusInfoText pdu.Key[string] = pdu.CStringKey(pdu.TagAdditionalStatusInfoText, 256)

	// DeliveryFailureReason is delivery_failure_reason, why delivery in transaction mode failed. SMPP 5.0 §4.8.4.19;
	// SMPP 3.4 §5.3.2.33.
	DeliveryFailureReason pdu.Key[pdu.DeliveryFailureReason] = pdu.IntKey[pdu.DeliveryFailureReason](
		pdu.TagDeliveryFailureReason,
	)

	// DPFResult is dpf_result, whether the delivery pending flag was set; its absence says no. SMPP 5.0 §4.8.4.32;
	// SMPP 3.4 §5.3.2.28.
	DPFResult pdu.Key[pdu.DPFResult] = pdu.IntKey[pdu.DPFResult](pdu.TagDPFResult)

	// SetDPF is set_dpf, whether to set the delivery pending flag when delivery fails. SMPP 5.0 §4.8.4.52;
	// SMPP 3.4 §5.3.2.29.
	SetDPF pdu.Key[pdu.SetDPF] = pdu.IntKey[pdu.SetDPF](pdu.TagSetDPF)

	// MSAvailabilityStatus is ms_availability_status, whether the handset can be reached; its absence says yes.
	// SMPP 5.0 §4.8.4.39; SMPP 3.4 §5.3.2.30.
	MSAvailabilityStatus pdu.Key[pdu.MSAvailabilityStatus] = pdu.IntKey[pdu.MSAvailabilityStatus](
		pdu.TagMSAvailabilityStatus,
	)

	// CongestionState is congestion_state, the load of the sender of the response, in percent. SMPP 5.0 §4.8.4.18.
	CongestionState pdu.Key[pdu.CongestionState] = pdu.IntKey[pdu.CongestionState](pdu.TagCongestionState)

	// SCInterfaceVersion is sc_interface_version, the version that the MC speaks. In its absence the ESME must take it
	// that the MC knows no TLVs. SMPP 5.0 §4.8.4.51; SMPP 3.4 §5.3.2.25.
	SCInterfaceVersion pdu.Key[pdu.Version] = pdu.IntKey[pdu.Version](pdu.TagSCInterfaceVersion)
)
