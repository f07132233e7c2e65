package pdu

import "strings"

// RegisteredDelivery is registered_delivery: which receipts and acknowledgements the sender of a message asks for.
// Combine the constants with |, one of the receipts with any others. SMPP 5.0 §4.7.21; SMPP 3.4 §5.2.17.
type RegisteredDelivery uint8

// Receipts of the MC, bits 1 and 0. SMPP 3.3 knows RegisteredReceipt and zero alone.
const (
	RegisteredReceipt          RegisteredDelivery = 0x01 // on success or failure
	RegisteredReceiptOnFailure RegisteredDelivery = 0x02
	RegisteredReceiptOnSuccess RegisteredDelivery = 0x03 // SMPP 5.0
)

// Acknowledgements of the SME that the message goes to, bits 3 and 2, and intermediate notifications of the MC. SMPP
// 3.4 calls the bit of the latter number 5 and draws it as number 4, as SMPP 5.0 and everybody else have it.
const (
	RegisteredDeliveryAck  RegisteredDelivery = 0x04
	RegisteredUserAck      RegisteredDelivery = 0x08 // manual or user acknowledgement
	RegisteredIntermediate RegisteredDelivery = 0x10
)

const registeredReceiptMask RegisteredDelivery = 0x03

// Receipt returns the two bits about receipts of the MC alone; zero asks for none.
func (r RegisteredDelivery) Receipt() RegisteredDelivery { return r & registeredReceiptMask }

// OnSuccess reports whether a receipt is due when the message was delivered.
func (r RegisteredDelivery) OnSuccess() bool {
	return r.Receipt() == RegisteredReceipt || r.Receipt() == RegisteredReceiptOnSuccess
}

// OnFailure reports whether a receipt is due when the message could not be delivered.
func (r RegisteredDelivery) OnFailure() bool {
	return r.Receipt() == RegisteredReceipt || r.Receipt() == RegisteredReceiptOnFailure
}

// DeliveryAck reports whether the receiving SME is asked for a delivery acknowledgement.
func (r RegisteredDelivery) DeliveryAck() bool { return r&RegisteredDeliveryAck != 0 }

// UserAck reports whether the receiving SME is asked for a manual or user acknowledgement.
func (r RegisteredDelivery) UserAck() bool { return r&RegisteredUserAck != 0 }

// Intermediate reports whether notifications before the final state are asked for.
func (r RegisteredDelivery) Intermediate() bool { return r&RegisteredIntermediate != 0 }

// String returns what is asked for, such as "receipt|intermediate"; "none" when nothing is.
func (r RegisteredDelivery) String() string {
	if r == 0 {
		return "none"
	}
	var parts []string
	switch r.Receipt() {
	case RegisteredReceipt:
		parts = append(parts, "receipt")
	case RegisteredReceiptOnFailure:
		parts = append(parts, "receipt on failure")
	case RegisteredReceiptOnSuccess:
		parts = append(parts, "receipt on success")
	}
	if r.DeliveryAck() {
		parts = append(parts, "delivery acknowledgement")
	}
	if r.UserAck() {
		parts = append(parts, "user acknowledgement")
	}
	if r.Intermediate() {
		parts = append(parts, "intermediate")
	}
	if reserved := r & 0xE0; reserved != 0 {
		parts = append(parts, "0x"+hexDigits(uint32(reserved), 2))
	}
	return strings.Join(parts, "|")
}
