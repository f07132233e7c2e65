package pdu

// enumTypes are the types whose values are plain numbers, by the name of their enumeration in the facts: how a value
// prints, and the constants.
var enumTypes = map[string]struct {
	name   func(int) string
	values []int
}{
	"ton": {named[TON], nums(
		TONUnknown, TONInternational, TONNational, TONNetworkSpecific, TONSubscriberNumber, TONAlphanumeric,
		TONAbbreviated,
	)},
	"npi": {named[NPI], nums(
		NPIUnknown, NPIISDN, NPIData, NPITelex, NPILandMobile, NPINational, NPIPrivate, NPIERMES, NPIInternet,
		NPIWAPClientID,
	)},
	"interface_version": {named[Version], nums(V34, V50)},
	"data_coding": {named[DataCoding], nums(
		DataCodingDefault, DataCodingASCII, DataCodingOctetsTDMA, DataCodingLatin1, DataCodingOctets, DataCodingJIS,
		DataCodingCyrillic, DataCodingHebrew, DataCodingUCS2, DataCodingPictogram, DataCodingISO2022JP,
		DataCodingExtendedJIS, DataCodingKSC5601,
	)},
	"message_state": {named[MessageState], nums(
		MessageStateScheduled, MessageStateEnroute, MessageStateDelivered, MessageStateExpired, MessageStateDeleted,
		MessageStateUndeliverable, MessageStateAccepted, MessageStateUnknown, MessageStateRejected,
		MessageStateSkipped,
	)},
	"addr_subunit": {named[AddrSubunit], nums(
		AddrSubunitUnknown, AddrSubunitMSDisplay, AddrSubunitMobileEquipment, AddrSubunitSmartCard1,
		AddrSubunitExternalUnit1,
	)},
	"network_type": {named[NetworkType], nums(
		NetworkTypeUnknown, NetworkTypeGSM, NetworkTypeTDMA, NetworkTypeCDMA, NetworkTypePDC, NetworkTypePHS,
		NetworkTypeIDEN, NetworkTypeAMPS, NetworkTypePaging,
	)},
	"bearer_type": {named[BearerType], nums(
		BearerTypeUnknown, BearerTypeSMS, BearerTypeCSD, BearerTypePacketData, BearerTypeUSSD, BearerTypeCDPD,
		BearerTypeDataTAC, BearerTypeFLEX, BearerTypeCellBroadcast,
	)},
	"payload_type": {named[PayloadType], nums(PayloadTypeDefault, PayloadTypeWCMP)},
	"privacy_indicator": {named[PrivacyIndicator], nums(
		PrivacyNotRestricted, PrivacyRestricted, PrivacyConfidential, PrivacySecret,
	)},
	"language_indicator": {named[LanguageIndicator], nums(
		LanguageUnspecified, LanguageEnglish, LanguageFrench, LanguageSpanish, LanguageGerman, LanguagePortuguese,
	)},
	"subaddress_type":        {named[SubaddressType], nums(SubaddressNSAPEven, SubaddressNSAPOdd, SubaddressUser)},
	"dpf_result":             {named[DPFResult], nums(DPFNotSet, DPFSet)},
	"set_dpf":                {named[SetDPF], nums(SetDPFNotRequested, SetDPFRequested)},
	"ms_availability_status": {named[MSAvailabilityStatus], nums(MSAvailable, MSDenied, MSUnavailable)},
	"network_error_type": {named[NetworkErrorType], nums(
		NetworkErrorANSI136AccessDenied, NetworkErrorIS95AccessDenied, NetworkErrorGSM, NetworkErrorANSI136Cause,
		NetworkErrorIS95Cause, NetworkErrorANSI41, NetworkErrorSMPP, NetworkErrorMC,
	)},
	"delivery_failure_reason": {named[DeliveryFailureReason], nums(
		FailureDestinationUnavailable, FailureDestinationAddressInvalid, FailurePermanentNetworkError,
		FailureTemporaryNetworkError,
	)},
	"more_messages_to_send": {named[MoreMessagesToSend], nums(NoMoreMessages, MoreMessages)},
	"ussd_service_op": {named[USSDServiceOp], nums(
		USSDPSSDIndication, USSDPSSRIndication, USSDUSSRRequest, USSDUSSNRequest, USSDPSSDResponse,
		USSDPSSRResponse, USSDUSSRConfirm, USSDUSSNConfirm,
	)},
	"display_time": {named[DisplayTime], nums(DisplayTimeTemporary, DisplayTimeDefault, DisplayTimeInvoke)},
	"ms_validity": {named[MSValidityBehaviour], nums(
		MSValidityIndefinite, MSValidityPowerDown, MSValidityArea, MSValidityDisplayOnly, MSValidityRelative,
	)},
	"ms_validity_unit": {named[MSValidityUnit], nums(
		MSValiditySeconds, MSValidityMinutes, MSValidityHours, MSValidityDays, MSValidityWeeks, MSValidityMonths,
		MSValidityYears,
	)},
	"alert_on_message_delivery": {named[AlertOnMessageDelivery], nums(
		AlertDefault, AlertLowPriority, AlertMediumPriority, AlertHighPriority,
	)},
	"its_reply_type": {named[ITSReplyType], nums(
		ITSReplyDigit, ITSReplyNumber, ITSReplyTelephoneNumber, ITSReplyPassword, ITSReplyCharacterLine,
		ITSReplyMenu, ITSReplyDate, ITSReplyTime, ITSReplyContinue,
	)},
	"broadcast_channel_indicator": {named[BroadcastChannelIndicator], nums(
		BroadcastChannelBasic, BroadcastChannelExtended,
	)},
	"broadcast_message_class": {named[BroadcastMessageClass], nums(
		BroadcastClassNone, BroadcastClass1, BroadcastClass2, BroadcastClass3,
	)},
	"broadcast_frequency_unit": {named[BroadcastFrequencyUnit], nums(
		BroadcastAsOftenAsPossible, BroadcastSeconds, BroadcastMinutes, BroadcastHours, BroadcastDays,
		BroadcastWeeks, BroadcastMonths, BroadcastYears,
	)},
	"broadcast_area_format": {named[BroadcastAreaFormat], nums(
		BroadcastAreaAlias, BroadcastAreaEllipsoidArc, BroadcastAreaPolygon,
	)},
	"dest_flag":               {named[DestFlag], nums(DestFlag(1), DestFlag(2))},
	"dest_addr_np_resolution": {named[DestAddrNPResolution], nums(NPQueryNotDone, NPQueryNotPorted, NPQueryPorted)},
}

func nums[T ~uint8](values ...T) []int {
	list := make([]int, len(values))
	for i, v := range values {
		list[i] = int(v)
	}
	return list
}
