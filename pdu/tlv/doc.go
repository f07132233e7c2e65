// Package tlv has a typed key for each optional parameter of SMPP 3.4 and 5.0. A key reads and writes one tag of the
// TLVs of a PDU; what it does with a value that is absent, malformed or repeated is told at [pdu.Key].
//
//	id, ok, err := tlv.ReceiptedMessageID.Get(deliver.TLVs)
//	err = tlv.SARMsgRefNum.Set(&submit.TLVs, 7)
//	for num, err := range tlv.CallbackNum.All(submit.TLVs) { ... }
//
// The variables are not to be assigned to. Keys for the TLVs of vendors are made in the same way, by [pdu.IntKey] and
// its relatives, and belong into the program that knows the vendor.
//
// Which TLVs a PDU may carry is not asked here: a receiver ignores those that it does not expect. Nor are the ranges
// of numbers; the comments tell them.
package tlv
