package pdu

import (
	"encoding/binary"
	"errors"
	"strconv"
)

// DPFResult is dpf_result: whether the delivery pending flag was set for a handset. SMPP 5.0 §4.8.4.32;
// SMPP 3.4 §5.3.2.28.
type DPFResult uint8

// Results; no dpf_result is the first. All other values are reserved.
const (
	DPFNotSet DPFResult = 0
	DPFSet    DPFResult = 1
)

var dPFResultNames = [...]string{
	DPFNotSet: "not set",
	DPFSet:    "set",
}

// String returns the name of the value, or the number of a reserved one.
func (v DPFResult) String() string { return enumName(v, dPFResultNames[:]) }

// SetDPF is set_dpf: whether to set the delivery pending flag when delivery fails. SMPP 5.0 §4.8.4.52;
// SMPP 3.4 §5.3.2.29.
type SetDPF uint8

// Wishes. All other values are reserved.
const (
	SetDPFNotRequested SetDPF = 0
	SetDPFRequested    SetDPF = 1 // the default of a set_dpf that is present
)

var setDPFNames = [...]string{
	SetDPFNotRequested: "not requested",
	SetDPFRequested:    "requested",
}

// String returns the name of the value, or the number of a reserved one.
func (v SetDPF) String() string { return enumName(v, setDPFNames[:]) }

// MSAvailabilityStatus is ms_availability_status. SMPP 5.0 §4.8.4.39; SMPP 3.4 §5.3.2.30.
type MSAvailabilityStatus uint8

// Availabilities of a handset. All other values are reserved.
const (
	MSAvailable   MSAvailabilityStatus = 0 // the default
	MSDenied      MSAvailabilityStatus = 1 // suspended, no SMS capability, ...
	MSUnavailable MSAvailabilityStatus = 2
)

var msAvailabilityStatusNames = [...]string{
	MSAvailable:   "available",
	MSDenied:      "denied",
	MSUnavailable: "unavailable",
}

// String returns the name of the value, or the number of a reserved one.
func (v MSAvailabilityStatus) String() string { return enumName(v, msAvailabilityStatusNames[:]) }

// DeliveryFailureReason is delivery_failure_reason: why delivery in transaction mode failed. SMPP 5.0 §4.8.4.19;
// SMPP 3.4 §5.3.2.33.
type DeliveryFailureReason uint8

// Reasons. All other values are reserved.
const (
	FailureDestinationUnavailable    DeliveryFailureReason = 0
	FailureDestinationAddressInvalid DeliveryFailureReason = 1 // suspended, no SMS capability, ...
	FailurePermanentNetworkError     DeliveryFailureReason = 2
	FailureTemporaryNetworkError     DeliveryFailureReason = 3
)

var deliveryFailureReasonNames = [...]string{
	FailureDestinationUnavailable:    "destination unavailable",
	FailureDestinationAddressInvalid: "destination address invalid",
	FailurePermanentNetworkError:     "permanent network error",
	FailureTemporaryNetworkError:     "temporary network error",
}

// String returns the name of the value, or the number of a reserved one.
func (v DeliveryFailureReason) String() string { return enumName(v, deliveryFailureReasonNames[:]) }

// MoreMessagesToSend is more_messages_to_send: whether more messages follow for the destination. SMPP 5.0 §4.8.4.38;
// SMPP 3.4 §5.3.2.34.
type MoreMessagesToSend uint8

// Values. All other values are reserved.
const (
	NoMoreMessages MoreMessagesToSend = 0
	MoreMessages   MoreMessagesToSend = 1 // the default
)

var moreMessagesToSendNames = [...]string{
	NoMoreMessages: "no more",
	MoreMessages:   "more",
}

// String returns the name of the value, or the number of a reserved one.
func (v MoreMessagesToSend) String() string { return enumName(v, moreMessagesToSendNames[:]) }

// CongestionState is congestion_state: the load of the side that answers, in percent, 0 to 100. More is reserved. A
// sender should go slower the more load it is told, and keep the load between 80 and 90. SMPP 5.0 §4.8.4.18.
type CongestionState uint8

// CongestionBand is one of the ranges that SMPP 5.0 divides congestion_state into.
type CongestionBand uint8

// Bands of congestion_state. The specification gives 90 to two of them; here it is nearing congestion, the safer one.
const (
	CongestionIdle        CongestionBand = iota // 0
	CongestionLowLoad                           // 1 to 29
	CongestionMediumLoad                        // 30 to 49
	CongestionHighLoad                          // 50 to 79
	CongestionOptimumLoad                       // 80 to 89
	CongestionNear                              // 90 to 99
	CongestionFull                              // 100
	CongestionReserved                          // 101 and above
)

var congestionBandNames = [...]string{
	CongestionIdle:        "idle",
	CongestionLowLoad:     "low load",
	CongestionMediumLoad:  "medium load",
	CongestionHighLoad:    "high load",
	CongestionOptimumLoad: "optimum load",
	CongestionNear:        "nearing congestion",
	CongestionFull:        "congested / maximum load",
	CongestionReserved:    "reserved",
}

// String returns the name of the band.
func (b CongestionBand) String() string { return enumName(b, congestionBandNames[:]) }

// Band returns the range that the load is in.
func (v CongestionState) Band() CongestionBand {
	switch {
	case v == 0:
		return CongestionIdle
	case v < 30:
		return CongestionLowLoad
	case v < 50:
		return CongestionMediumLoad
	case v < 80:
		return CongestionHighLoad
	case v < 90:
		return CongestionOptimumLoad
	case v < 100:
		return CongestionNear
	case v == 100:
		return CongestionFull
	}
	return CongestionReserved
}

// String returns the load and its band, such as "85% (optimum load)", or the number of a reserved value.
func (v CongestionState) String() string {
	number := strconv.Itoa(int(v))
	if v > 100 {
		return number
	}
	return number + "% (" + v.Band().String() + ")"
}

// MSValidityBehaviour is the first octet of ms_validity: when a handset may drop a message.
type MSValidityBehaviour uint8

// Behaviours. All other values are reserved.
const (
	MSValidityIndefinite  MSValidityBehaviour = 0 // the default
	MSValidityPowerDown   MSValidityBehaviour = 1
	MSValidityArea        MSValidityBehaviour = 2 // by SID in SMPP 3.4
	MSValidityDisplayOnly MSValidityBehaviour = 3
	MSValidityRelative    MSValidityBehaviour = 4 // for a count of units; SMPP 5.0
)

var msValidityBehaviourNames = [...]string{
	MSValidityIndefinite:  "store indefinitely",
	MSValidityPowerDown:   "power down",
	MSValidityArea:        "until the registration area changes",
	MSValidityDisplayOnly: "display only",
	MSValidityRelative:    "relative period",
}

// String returns the name of the value, or the number of a reserved one.
func (v MSValidityBehaviour) String() string { return enumName(v, msValidityBehaviourNames[:]) }

// MSValidityUnit is the unit of a relative [MSValidity].
type MSValidityUnit uint8

// Units. All other values are reserved.
const (
	MSValiditySeconds MSValidityUnit = 0
	MSValidityMinutes MSValidityUnit = 1
	MSValidityHours   MSValidityUnit = 2
	MSValidityDays    MSValidityUnit = 3
	MSValidityWeeks   MSValidityUnit = 4
	MSValidityMonths  MSValidityUnit = 5
	MSValidityYears   MSValidityUnit = 6
)

var msValidityUnitNames = [...]string{
	MSValiditySeconds: "seconds",
	MSValidityMinutes: "minutes",
	MSValidityHours:   "hours",
	MSValidityDays:    "days",
	MSValidityWeeks:   "weeks",
	MSValidityMonths:  "months",
	MSValidityYears:   "years",
}

// String returns the name of the value, or the number of a reserved one.
func (v MSValidityUnit) String() string { return enumName(v, msValidityUnitNames[:]) }

// MSValidity is the value of ms_validity: how long a handset keeps a message. It is one octet, and with
// MSValidityRelative, which SMPP 5.0 has alone, four. SMPP 5.0 §4.8.4.41; SMPP 3.4 §5.3.2.27.
type MSValidity struct {
	Behaviour MSValidityBehaviour
	Unit      MSValidityUnit // of Count; with MSValidityRelative only
	Count     uint16         // with MSValidityRelative only
}

// ParseMSValidity reads one or four octets. Four octets with another behaviour than MSValidityRelative are read as they
// stand.
func ParseMSValidity(b []byte) (MSValidity, error) {
	switch len(b) {
	case 1:
		return MSValidity{Behaviour: MSValidityBehaviour(b[0])}, nil
	case 4:
		return MSValidity{MSValidityBehaviour(b[0]), MSValidityUnit(b[1]), binary.BigEndian.Uint16(b[2:])}, nil
	}
	return MSValidity{}, &lengthError{len(b), 1, 4}
}

// AppendBinary appends four octets to b for MSValidityRelative, one for any other behaviour. It is an error to have a
// Unit or Count that would be lost.
func (v MSValidity) AppendBinary(b []byte) ([]byte, error) {
	b = append(b, byte(v.Behaviour))
	if v.Behaviour == MSValidityRelative {
		return append(b, byte(v.Unit), byte(v.Count>>8), byte(v.Count)), nil
	}
	if v.Unit != 0 || v.Count != 0 {
		return b, errors.New("a count of units without MSValidityRelative")
	}
	return b, nil
}
