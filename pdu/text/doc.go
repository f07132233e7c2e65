// Package text turns strings into the octets of a message, and back.
//
// Which octets those are is the work of a [Codec]: an alphabet and, for GSM 7-bit, its national tables and packing.
//
//	c := text.Codec{Alphabet: text.GSM7}
//	b, err := c.Encode("5 € for {you}")      // err names the character that the alphabet lacks
//	s, err := c.Decode(b)                    // U+FFFD for what is no text; err tells where
//	b, err = c.AppendEncode(b[:0], s)        // no allocation when b has room
//
// # Sending
//
// [Best] picks the codec that carries a text whole in the fewest short messages, and says what a message composer
// shows: how many units and segments the text takes, and how many units are left.
//
//	choice, err := text.Best("Hej 👋", text.Options{})
//	choice.DataCoding                        // pdu.DataCodingUCS2
//	choice.Count                             // {Units: 6, Segments: 1, Room: 70, Left: 64}
//
// Nothing is ever lost without asking. A text that no permitted alphabet carries is an error. To write quotes, dashes
// and accents that GSM 7-bit lacks as similar characters is a choice: Options.Transliterate.
//
// # Reading
//
// The octet data_coding is read and built by [DCS]: the alphabets of SMPP, and the groups of 3GPP TS 23.038 with message
// class, waiting messages and compression. What data_coding 0 means is not in the specification; a [Peer] says it.
//
//	c, err := text.Peer{Default: text.Latin1}.Codec(deliver.DataCoding)
//
// Which national tables a message uses stands in its user data header alone; package pdu/multipart reads that, joins
// the parts of long messages, and splits long texts.
//
// # References
//
//   - [SMPP 5.0] §4.7.7; SMPP 3.4 §5.2.19
//   - [3GPP TS 23.038], alphabets and data coding scheme
//   - [3GPP TS 23.040] §9.2.3.24, user data header
//
// [SMPP 5.0]: https://smpp.org/SMPP_v5.pdf
// [3GPP TS 23.038]: https://www.3gpp.org/dynareport/23038.htm
// [3GPP TS 23.040]: https://www.3gpp.org/dynareport/23040.htm
package text
