package pdu

// DestAddrNPResolution is dest_addr_np_resolution: whether number portability was looked up. SMPP 5.0 §4.8.4.22.
type DestAddrNPResolution uint8

// Results of the query. All other values are reserved.
const (
	NPQueryNotDone   DestAddrNPResolution = 0 // the default
	NPQueryNotPorted DestAddrNPResolution = 1
	NPQueryPorted    DestAddrNPResolution = 2 // dest_addr_np_information and dest_addr_np_country tell more
)

var destAddrNPResolutionNames = [...]string{
	NPQueryNotDone:   "query not done",
	NPQueryNotPorted: "query done, not ported",
	NPQueryPorted:    "query done, ported",
}

// String returns the name of the value, or the number of a reserved one.
func (v DestAddrNPResolution) String() string { return enumName(v, destAddrNPResolutionNames[:]) }

// BillingIdentification is the value of billing_identification. SMPP 5.0 §4.8.4.3.
type BillingIdentification struct {
	Format uint8  // with bit 7 set, a format of the vendor; all others are reserved
	Data   []byte // 0 to 1023 octets
}

// ParseBillingIdentification reads one octet and more. Data shares the memory of b.
func ParseBillingIdentification(b []byte) (BillingIdentification, error) {
	if len(b) == 0 {
		return BillingIdentification{}, &lengthError{0, 1, 1024}
	}
	return BillingIdentification{b[0], b[1:]}, nil
}

// AppendBinary appends format and data to b. It is an error when Data is longer than 1023 octets.
func (v BillingIdentification) AppendBinary(b []byte) ([]byte, error) {
	if n := 1 + len(v.Data); n > 1024 {
		return b, &lengthError{n, 1, 1024}
	}
	return append(append(b, v.Format), v.Data...), nil
}

// First characters of source_network_id and dest_network_id, which tell the form of the rest.
// SMPP 5.0 §4.8.4.56, §4.8.4.25.
const (
	NetworkIDGSM  = "1" // then MCC and MNC
	NetworkIDCDMA = "2" // TDMA and CDMA: then MCC and SID
	NetworkIDESME = "3" // operator of an ESME: then MCC, type (1 IP address, 2 domain name, 3 E.164, 4 X.121) and address
)
