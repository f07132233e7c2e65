// Package profile describes the habits of a peer as data: what data_coding 0 means there, how long messages are split,
// how ids and dates of receipts are written, how addresses are numbered, what its limits are.
//
//	p, err := profile.Parse([]byte(`{
//		"base": "hex-to-decimal-ids",
//		"alphabet": "latin1",
//		"receipts": {"time_zone": "Europe/Stockholm"},
//		"limits": {"window": 10, "rate": 30}
//	}`))
//	parser := p.Parser()                         // of package receipt
//	dest, err := p.DestAddress("+46700000001")
//
// A [Profile] is loaded from JSON or written as a Go value; its zero value is the peer that most peers are, and each
// switch changes one thing. Loading is strict: an unknown or repeated field, a value of another type and one that makes
// no sense are errors, which name the field.
//
// [Preset] has a few profiles to start from. They are named after habits, and combine by "base" or by hand.
//
// # In JSON
//
// The fields are those of the Go types, under the names in their tags; what is left out is zero, or as in the base.
// Enumerations are texts: alphabets and methods as their packages name them, types of number, numbering plans, states
// and commands as the specification does ("international", "UNDELIVERABLE", "query_sm"), a version as "3.4", a duration
// as "30s", a time zone by its IANA name. A TLV has its tag as a name or as in "0x1400" and one of "text", "cstring",
// which adds a NUL, and "hex".
//
// Time zones need the database of the system, or an import of time/tzdata in the program.
package profile
