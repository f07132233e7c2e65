package pdu

import "encoding/binary"

// NetworkErrorType is the first octet of a [NetworkErrorCode]: which network the code is of. SMPP 5.0 §4.8.4.42;
// SMPP 3.4 §5.3.2.31.
type NetworkErrorType uint8

// Networks of an error code. SMPP 3.4 has the first three; all other values are reserved.
const (
	NetworkErrorANSI136AccessDenied NetworkErrorType = 1 // ANSI-136; SMPP 5.0: access denied reason
	NetworkErrorIS95AccessDenied    NetworkErrorType = 2 // IS-95; SMPP 5.0: access denied reason
	NetworkErrorGSM                 NetworkErrorType = 3
	NetworkErrorANSI136Cause        NetworkErrorType = 4
	NetworkErrorIS95Cause           NetworkErrorType = 5
	NetworkErrorANSI41              NetworkErrorType = 6
	NetworkErrorSMPP                NetworkErrorType = 7 // the code is a command_status
	NetworkErrorMC                  NetworkErrorType = 8 // the code is the MC's own
)

var networkErrorTypeNames = [...]string{
	NetworkErrorANSI136AccessDenied: "ANSI-136",
	NetworkErrorIS95AccessDenied:    "IS-95",
	NetworkErrorGSM:                 "GSM",
	NetworkErrorANSI136Cause:        "ANSI-136 cause code",
	NetworkErrorIS95Cause:           "IS-95 cause code",
	NetworkErrorANSI41:              "ANSI-41 error",
	NetworkErrorSMPP:                "SMPP error",
	NetworkErrorMC:                  "message centre specific",
}

// String returns the name of the network, or the number of a reserved one.
func (t NetworkErrorType) String() string { return enumName(t, networkErrorTypeNames[:]) }

// NetworkErrorCode is the value of network_error_code, three octets: the error that the network gave for a message.
// SMPP 5.0 §4.8.4.42; SMPP 3.4 §5.3.2.31.
type NetworkErrorCode struct {
	Network NetworkErrorType
	Code    uint16
}

// ParseNetworkErrorCode reads the three octets of a network_error_code. Any other length is an error: what peers send
// in two, four or more octets has no sure meaning, and stays in the [TLVs] as it came.
func ParseNetworkErrorCode(b []byte) (NetworkErrorCode, error) {
	if len(b) != 3 {
		return NetworkErrorCode{}, &lengthError{len(b), 3, 3}
	}
	return NetworkErrorCode{Network: NetworkErrorType(b[0]), Code: binary.BigEndian.Uint16(b[1:])}, nil
}

// AppendBinary appends the three octets of the code to b. The error is always nil.
func (e NetworkErrorCode) AppendBinary(b []byte) ([]byte, error) {
	return append(b, byte(e.Network), byte(e.Code>>8), byte(e.Code)), nil
}
