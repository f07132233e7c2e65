package pdu

// AddrSubunit is dest_addr_subunit and source_addr_subunit: the part of a handset that a message is for or comes from.
// SMPP 5.0 §4.8.4.23, §4.8.4.54; SMPP 3.4 §5.3.2.1, §5.3.2.2.
type AddrSubunit uint8

// Parts of a handset. All other values are reserved.
const (
	AddrSubunitUnknown         AddrSubunit = 0 // the default
	AddrSubunitMSDisplay       AddrSubunit = 1
	AddrSubunitMobileEquipment AddrSubunit = 2
	AddrSubunitSmartCard1      AddrSubunit = 3 // the SIM, as a rule
	AddrSubunitExternalUnit1   AddrSubunit = 4
)

var addrSubunitNames = [...]string{
	AddrSubunitUnknown:         "unknown",
	AddrSubunitMSDisplay:       "MS display",
	AddrSubunitMobileEquipment: "mobile equipment",
	AddrSubunitSmartCard1:      "smart card 1",
	AddrSubunitExternalUnit1:   "external unit 1",
}

// String returns the name of the value, or the number of a reserved one.
func (v AddrSubunit) String() string { return enumName(v, addrSubunitNames[:]) }

// NetworkType is dest_network_type and source_network_type. SMPP 5.0 §4.8.4.26, §4.8.4.57;
// SMPP 3.4 §5.3.2.3, §5.3.2.4.
type NetworkType uint8

// Networks. All other values are reserved.
const (
	NetworkTypeUnknown NetworkType = 0
	NetworkTypeGSM     NetworkType = 1
	NetworkTypeTDMA    NetworkType = 2
	NetworkTypeCDMA    NetworkType = 3
	NetworkTypePDC     NetworkType = 4
	NetworkTypePHS     NetworkType = 5
	NetworkTypeIDEN    NetworkType = 6
	NetworkTypeAMPS    NetworkType = 7
	NetworkTypePaging  NetworkType = 8
)

var networkTypeNames = [...]string{
	NetworkTypeUnknown: "unknown",
	NetworkTypeGSM:     "GSM",
	NetworkTypeTDMA:    "ANSI-136/TDMA",
	NetworkTypeCDMA:    "IS-95/CDMA",
	NetworkTypePDC:     "PDC",
	NetworkTypePHS:     "PHS",
	NetworkTypeIDEN:    "iDEN",
	NetworkTypeAMPS:    "AMPS",
	NetworkTypePaging:  "paging",
}

// String returns the name of the value, or the number of a reserved one.
func (v NetworkType) String() string { return enumName(v, networkTypeNames[:]) }

// BearerType is dest_bearer_type and source_bearer_type. SMPP 5.0 §4.8.4.24, §4.8.4.55;
// SMPP 3.4 §5.3.2.5, §5.3.2.6.
type BearerType uint8

// Bearers. All other values are reserved.
const (
	BearerTypeUnknown       BearerType = 0
	BearerTypeSMS           BearerType = 1
	BearerTypeCSD           BearerType = 2 // circuit switched data
	BearerTypePacketData    BearerType = 3
	BearerTypeUSSD          BearerType = 4
	BearerTypeCDPD          BearerType = 5
	BearerTypeDataTAC       BearerType = 6
	BearerTypeFLEX          BearerType = 7
	BearerTypeCellBroadcast BearerType = 8
)

var bearerTypeNames = [...]string{
	BearerTypeUnknown:       "unknown",
	BearerTypeSMS:           "SMS",
	BearerTypeCSD:           "CSD",
	BearerTypePacketData:    "packet data",
	BearerTypeUSSD:          "USSD",
	BearerTypeCDPD:          "CDPD",
	BearerTypeDataTAC:       "DataTAC",
	BearerTypeFLEX:          "FLEX/ReFLEX",
	BearerTypeCellBroadcast: "cell broadcast",
}

// String returns the name of the value, or the number of a reserved one.
func (v BearerType) String() string { return enumName(v, bearerTypeNames[:]) }

// PayloadType is payload_type. SMPP 5.0 §4.8.4.44; SMPP 3.4 §5.3.2.10.
type PayloadType uint8

// Kinds of payload. All other values are reserved.
const (
	PayloadTypeDefault PayloadType = 0 // WDP in WAP
	PayloadTypeWCMP    PayloadType = 1 // wireless control message protocol
)

var payloadTypeNames = [...]string{
	PayloadTypeDefault: "default",
	PayloadTypeWCMP:    "WCMP",
}

// String returns the name of the value, or the number of a reserved one.
func (v PayloadType) String() string { return enumName(v, payloadTypeNames[:]) }

// PrivacyIndicator is privacy_indicator. SMPP 5.0 §4.8.4.45; SMPP 3.4 §5.3.2.14.
type PrivacyIndicator uint8

// Levels of privacy. All other values are reserved.
const (
	PrivacyNotRestricted PrivacyIndicator = 0 // the default
	PrivacyRestricted    PrivacyIndicator = 1
	PrivacyConfidential  PrivacyIndicator = 2
	PrivacySecret        PrivacyIndicator = 3
)

var privacyIndicatorNames = [...]string{
	PrivacyNotRestricted: "not restricted",
	PrivacyRestricted:    "restricted",
	PrivacyConfidential:  "confidential",
	PrivacySecret:        "secret",
}

// String returns the name of the value, or the number of a reserved one.
func (v PrivacyIndicator) String() string { return enumName(v, privacyIndicatorNames[:]) }

// LanguageIndicator is language_indicator, the language of a text. SMPP 5.0 §4.8.4.35; SMPP 3.4 §5.3.2.19.
type LanguageIndicator uint8

// Languages. CMT-136 has more.
const (
	LanguageUnspecified LanguageIndicator = 0 // the default
	LanguageEnglish     LanguageIndicator = 1
	LanguageFrench      LanguageIndicator = 2
	LanguageSpanish     LanguageIndicator = 3
	LanguageGerman      LanguageIndicator = 4
	LanguagePortuguese  LanguageIndicator = 5
)

var languageIndicatorNames = [...]string{
	LanguageUnspecified: "unspecified",
	LanguageEnglish:     "English",
	LanguageFrench:      "French",
	LanguageSpanish:     "Spanish",
	LanguageGerman:      "German",
	LanguagePortuguese:  "Portuguese",
}

// String returns the name of the value, or the number of a reserved one.
func (v LanguageIndicator) String() string { return enumName(v, languageIndicatorNames[:]) }

// DisplayTime is display_time: how long a handset shows a message. SMPP 5.0 §4.8.4.31; SMPP 3.4 §5.3.2.26.
type DisplayTime uint8

// Times to show a message. All other values are reserved.
const (
	DisplayTimeTemporary DisplayTime = 0
	DisplayTimeDefault   DisplayTime = 1 // the default, so that an absent TLV is this and not zero
	DisplayTimeInvoke    DisplayTime = 2
)

var displayTimeNames = [...]string{
	DisplayTimeTemporary: "temporary",
	DisplayTimeDefault:   "default",
	DisplayTimeInvoke:    "invoke",
}

// String returns the name of the value, or the number of a reserved one.
func (v DisplayTime) String() string { return enumName(v, displayTimeNames[:]) }

// AlertOnMessageDelivery is alert_on_message_delivery: how a handset alerts its user to a message. An empty TLV,
// the only one that SMPP 3.4 has, is the default alert. SMPP 5.0 §4.8.4.2; SMPP 3.4 §5.3.2.41.
type AlertOnMessageDelivery uint8

// Alerts. All other values are reserved.
const (
	AlertDefault        AlertOnMessageDelivery = 0 // the default
	AlertLowPriority    AlertOnMessageDelivery = 1
	AlertMediumPriority AlertOnMessageDelivery = 2
	AlertHighPriority   AlertOnMessageDelivery = 3
)

var alertOnMessageDeliveryNames = [...]string{
	AlertDefault:        "mobile default",
	AlertLowPriority:    "low priority",
	AlertMediumPriority: "medium priority",
	AlertHighPriority:   "high priority",
}

// String returns the name of the value, or the number of a reserved one.
func (v AlertOnMessageDelivery) String() string { return enumName(v, alertOnMessageDeliveryNames[:]) }

// ParseAlertOnMessageDelivery reads the value of the TLV: no octet, or one.
func ParseAlertOnMessageDelivery(b []byte) (AlertOnMessageDelivery, error) {
	switch len(b) {
	case 0:
		return AlertDefault, nil
	case 1:
		return AlertOnMessageDelivery(b[0]), nil
	}
	return 0, &lengthError{len(b), 0, 1}
}

// AppendBinary appends the value of the TLV to b: nothing for the default, which every version takes, else one octet,
// for SMPP 5.0 alone. The error is always nil.
func (v AlertOnMessageDelivery) AppendBinary(b []byte) ([]byte, error) {
	if v == AlertDefault {
		return b, nil
	}
	return append(b, byte(v)), nil
}

// SubaddressType is the first octet of a [Subaddress].
type SubaddressType uint8

// Types of subaddress. All other values are reserved.
const (
	SubaddressNSAPEven SubaddressType = 0x80 // NSAP, an even number of digits
	SubaddressNSAPOdd  SubaddressType = 0x88 // NSAP, an odd number of digits
	SubaddressUser     SubaddressType = 0xA0 // as the user specified
)

// String returns the name of the type, or the number of a reserved one in hexadecimal.
func (v SubaddressType) String() string {
	switch v {
	case SubaddressNSAPEven:
		return "NSAP, even"
	case SubaddressNSAPOdd:
		return "NSAP, odd"
	case SubaddressUser:
		return "user specified"
	}
	return "0x" + hexDigits(uint32(v), 2)
}
