// Package udh reads and writes the user data header: information elements in front of the text of a message, such as
// which part of a long message it is, which port it is for, and which national tables its text uses.
//
// A message has one when esm_class has pdu.ESMClassUDHI, in short_message as well as in message_payload.
//
//	h, n, err := udh.Parse(sm.ShortMessage)          // the text begins at n
//	part, ok := h.Concat()
//
//	h = udh.Header{udh.Concat{Ref: 7, Total: 2, Seq: 1}.Element(), udh.Ports{Dest: 2948, Source: 9200, Wide: true}.Element()}
//	b, err := h.Append(nil)
//
// Elements keep their order, repeats and unknown ones among them, so that what was parsed is built again octet for
// octet. Nothing here knows of text or of PDUs; package pdu/multipart brings them together.
//
// References: [3GPP TS 23.040] §9.2.3.24; SMPP 5.0 §4.7.12; SMPP 3.4 §5.2.12.
//
// [3GPP TS 23.040]: https://www.3gpp.org/dynareport/23040.htm
package udh
