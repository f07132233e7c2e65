package pdu

import (
	"encoding/binary"
	"strconv"
)

// BroadcastChannelIndicator is broadcast_channel_indicator, the channel of a cell broadcast. SMPP 5.0 §4.8.4.7.
type BroadcastChannelIndicator uint8

// Channels. All other values are reserved.
const (
	BroadcastChannelBasic    BroadcastChannelIndicator = 0 // the default
	BroadcastChannelExtended BroadcastChannelIndicator = 1
)

var broadcastChannelIndicatorNames = [...]string{
	BroadcastChannelBasic:    "basic",
	BroadcastChannelExtended: "extended",
}

// String returns the name of the value, or the number of a reserved one.
func (v BroadcastChannelIndicator) String() string {
	return enumName(v, broadcastChannelIndicatorNames[:])
}

// BroadcastMessageClass is broadcast_message_class. SMPP 5.0 §4.8.4.12 prints 2 for class 1 too, a misprint.
type BroadcastMessageClass uint8

// Classes. All other values are reserved.
const (
	BroadcastClassNone BroadcastMessageClass = 0 // the default
	BroadcastClass1    BroadcastMessageClass = 1
	BroadcastClass2    BroadcastMessageClass = 2
	BroadcastClass3    BroadcastMessageClass = 3
)

var broadcastMessageClassNames = [...]string{
	BroadcastClassNone: "none",
	BroadcastClass1:    "class 1, user defined",
	BroadcastClass2:    "class 2, user defined",
	BroadcastClass3:    "class 3, terminal equipment",
}

// String returns the name of the value, or the number of a reserved one.
func (v BroadcastMessageClass) String() string { return enumName(v, broadcastMessageClassNames[:]) }

// BroadcastFrequencyUnit is the unit of a [BroadcastFrequencyInterval].
type BroadcastFrequencyUnit uint8

// Units. All other values are reserved.
const (
	BroadcastAsOftenAsPossible BroadcastFrequencyUnit = 0 // the count means nothing
	BroadcastSeconds           BroadcastFrequencyUnit = 8
	BroadcastMinutes           BroadcastFrequencyUnit = 9
	BroadcastHours             BroadcastFrequencyUnit = 10
	BroadcastDays              BroadcastFrequencyUnit = 11
	BroadcastWeeks             BroadcastFrequencyUnit = 12
	BroadcastMonths            BroadcastFrequencyUnit = 13
	BroadcastYears             BroadcastFrequencyUnit = 14
)

var broadcastFrequencyUnitNames = [...]string{
	BroadcastAsOftenAsPossible: "as often as possible",
	BroadcastSeconds:           "seconds",
	BroadcastMinutes:           "minutes",
	BroadcastHours:             "hours",
	BroadcastDays:              "days",
	BroadcastWeeks:             "weeks",
	BroadcastMonths:            "months",
	BroadcastYears:             "years",
}

// String returns the name of the value, or the number of a reserved one.
func (v BroadcastFrequencyUnit) String() string { return enumName(v, broadcastFrequencyUnitNames[:]) }

// BroadcastFrequencyInterval is the value of broadcast_frequency_interval, three octets: the time between two
// repetitions of a broadcast. SMPP 5.0 §4.8.4.11.
type BroadcastFrequencyInterval struct {
	Unit  BroadcastFrequencyUnit
	Count uint16 // of units
}

// ParseBroadcastFrequencyInterval reads three octets.
func ParseBroadcastFrequencyInterval(b []byte) (BroadcastFrequencyInterval, error) {
	if len(b) != 3 {
		return BroadcastFrequencyInterval{}, &lengthError{len(b), 3, 3}
	}
	return BroadcastFrequencyInterval{BroadcastFrequencyUnit(b[0]), binary.BigEndian.Uint16(b[1:])}, nil
}

// AppendBinary appends three octets to b. The error is always nil.
func (v BroadcastFrequencyInterval) AppendBinary(b []byte) ([]byte, error) {
	return append(b, byte(v.Unit), byte(v.Count>>8), byte(v.Count)), nil
}

// BroadcastAreaFormat is the first octet of a [BroadcastArea].
type BroadcastAreaFormat uint8

// Formats. All other values are reserved.
const (
	BroadcastAreaAlias        BroadcastAreaFormat = 0
	BroadcastAreaEllipsoidArc BroadcastAreaFormat = 1 // GSM
	BroadcastAreaPolygon      BroadcastAreaFormat = 2 // GSM
)

var broadcastAreaFormatNames = [...]string{
	BroadcastAreaAlias:        "alias / name",
	BroadcastAreaEllipsoidArc: "ellipsoid arc",
	BroadcastAreaPolygon:      "polygon",
}

// String returns the name of the value, or the number of a reserved one.
func (v BroadcastAreaFormat) String() string { return enumName(v, broadcastAreaFormatNames[:]) }

// BroadcastArea is the value of broadcast_area_identifier, and of failed_broadcast_area_identifier, which has the same
// tag: one octet of format and at most 100 of area. SMPP 5.0 §4.8.4.4.
type BroadcastArea struct {
	Format BroadcastAreaFormat
	Area   []byte // 0 to 100 octets; what they mean depends on Format
}

// ParseBroadcastArea reads one octet and more. Area shares the memory of b.
func ParseBroadcastArea(b []byte) (BroadcastArea, error) {
	if len(b) == 0 {
		return BroadcastArea{}, &lengthError{0, 1, 101}
	}
	return BroadcastArea{BroadcastAreaFormat(b[0]), b[1:]}, nil
}

// AppendBinary appends format and area to b. It is an error when Area is longer than 100 octets.
func (v BroadcastArea) AppendBinary(b []byte) ([]byte, error) {
	if n := 1 + len(v.Area); n > 101 {
		return b, &lengthError{n, 1, 101}
	}
	return append(append(b, byte(v.Format)), v.Area...), nil
}

// BroadcastAreaSuccess is broadcast_area_success: how many of the base stations of an area took a message, in percent,
// 0 to 100, or BroadcastAreaSuccessUnknown. 101 to 254 are reserved. SMPP 5.0 §4.8.4.5.
type BroadcastAreaSuccess uint8

// BroadcastAreaSuccessUnknown is sent when the MC does not know.
const BroadcastAreaSuccessUnknown BroadcastAreaSuccess = 255

// Percent returns the percentage, and false when the value is none.
func (v BroadcastAreaSuccess) Percent() (int, bool) { return int(v), v <= 100 }

// String returns the percentage such as "95%", "not available", or the number of a reserved value.
func (v BroadcastAreaSuccess) String() string {
	switch {
	case v <= 100:
		return strconv.Itoa(int(v)) + "%"
	case v == BroadcastAreaSuccessUnknown:
		return "not available"
	}
	return strconv.Itoa(int(v))
}
