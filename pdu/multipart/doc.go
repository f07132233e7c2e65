// Package multipart carries texts in PDUs: it reads and writes the message of a body wherever it stands, splits what is
// longer than a short message, and puts together what comes in parts.
//
// # One message
//
// The octets of a message are in short_message or in the TLV message_payload, with or without a user data header. [Text]
// reads the text of a body, [Get] all there is to know; [PutText] and [Part.Put] are the way back.
//
//	s, err := multipart.Text(deliver, text.Peer{})
//
// # Long messages
//
// [Split] encodes a text and splits it by one of the methods that MCs know. Each part is put into a copy of a body:
//
//	parts, err := multipart.Split(s, multipart.Options{Method: multipart.MethodUDH16, Ref: refs.Next(dest)})
//	for _, part := range parts {
//		sm := submit                     // a copy of the struct
//		err = part.Put(&sm)              // short_message, data_coding, esm_class, TLVs
//		...
//	}
//
// No part ends within a character, and nothing is ever cut off: what can not be sent whole is an error.
//
// A [Reassembler] goes the other way, for parts in any order:
//
//	r := multipart.NewReassembler(multipart.Config{})
//	messages, err := r.Add(ctx, time.Now(), deliver)  // for each message that comes
//	expired, err := r.Expire(ctx, time.Now())         // now and then
//
// Every part that was taken is handed over once, in a [Message]: whole, or with the reason why it is not. Only a part that
// came before is passed over. What waits is
// bounded in number and memory. The package has no goroutine and reads no clock.
//
// # References
//
//   - SMPP 5.0 §4.8.4.36 (message_payload), §4.8.4.48 to §4.8.4.50 (sar_*); SMPP 3.4 §5.3.2.32 and §5.3.2.22 to §5.3.2.24
//   - [3GPP TS 23.040] §9.2.3.24, user data header and concatenation
//
// [3GPP TS 23.040]: https://www.3gpp.org/dynareport/23040.htm
package multipart
