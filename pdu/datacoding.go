package pdu

import "strconv"

// DataCoding is data_coding, which tells the alphabet of a message and, in the groups of GSM, more. The values 0 to 14
// are of SMPP; 0x10..0x7F and 0xC0..0xFF are read as the data coding scheme of 3GPP TS 23.038; the rest is reserved.
// SMPP 3.3 has the scheme of GSM alone. Package pdu/text turns octets into text by it.
// SMPP 5.0 §4.7.7; SMPP 3.4 §5.2.19.
type DataCoding uint8

// Alphabets of SMPP.
const (
	DataCodingDefault     DataCoding = 0 // the MC's default alphabet: mostly unpacked GSM 7-bit, else Latin-1 or ASCII
	DataCodingASCII       DataCoding = 1 // IA5
	DataCodingOctetsTDMA  DataCoding = 2 // octets without alphabet, in TDMA and CDMA networks
	DataCodingLatin1      DataCoding = 3 // ISO-8859-1
	DataCodingOctets      DataCoding = 4 // octets without alphabet, in all networks
	DataCodingJIS         DataCoding = 5 // X 0208-1990
	DataCodingCyrillic    DataCoding = 6 // ISO-8859-5
	DataCodingHebrew      DataCoding = 7 // ISO-8859-8
	DataCodingUCS2        DataCoding = 8 // ISO/IEC-10646, big endian; UTF-16 in practice
	DataCodingPictogram   DataCoding = 9
	DataCodingISO2022JP   DataCoding = 10 // music codes
	DataCodingExtendedJIS DataCoding = 13 // extended Kanji, JIS X 0212-1990
	DataCodingKSC5601     DataCoding = 14
)

var dataCodingNames = [...]string{
	DataCodingDefault:     "MC default alphabet",
	DataCodingASCII:       "IA5 / ASCII",
	DataCodingOctetsTDMA:  "8-bit binary (TDMA/CDMA)",
	DataCodingLatin1:      "Latin-1 (ISO-8859-1)",
	DataCodingOctets:      "8-bit binary (all)",
	DataCodingJIS:         "JIS X 0208-1990",
	DataCodingCyrillic:    "Cyrillic (ISO-8859-5)",
	DataCodingHebrew:      "Latin/Hebrew (ISO-8859-8)",
	DataCodingUCS2:        "UCS2, big endian",
	DataCodingPictogram:   "pictogram",
	DataCodingISO2022JP:   "ISO-2022-JP (music codes)",
	DataCodingExtendedJIS: "extended Kanji JIS X 0212-1990",
	DataCodingKSC5601:     "KS C 5601",
}

// String returns the name of an alphabet of SMPP. Other values come as a number: in hexadecimal from 0x10 on, since
// the bits tell something there.
func (d DataCoding) String() string {
	switch {
	case int(d) < len(dataCodingNames) && dataCodingNames[d] != "":
		return dataCodingNames[d]
	case d < 0x10:
		return strconv.Itoa(int(d))
	}
	return "0x" + hexDigits(uint32(d), 2)
}
