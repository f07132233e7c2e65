package pdu

import (
	"fmt"
	"io"
	"log/slog"
)

// Password is the secret of a bind or outbind: at most 8 characters by the specification, though many MCs take more.
// SMPP 5.0 §4.7.18; SMPP 3.4 §5.2.2.
//
// It hides itself from package fmt, from package log/slog, and from encoders that ask for text, encoding/json among
// them: all of them print [redacted], or nothing for an empty password. The secret itself is string(p).
//
// Three places do not ask a value how to print it, and are to be avoided: an unexported field of a struct that package
// fmt prints whole, the verb %p, which is for pointers, and the key of a map in encoding/json.
type Password string

const redacted = "[redacted]"

// mask returns what stands for the password in print.
func (p Password) mask() string {
	if p == "" {
		return ""
	}
	return redacted
}

// Format prints [redacted], whatever the verb and its flags, or nothing for an empty password. It implements
// [fmt.Formatter].
func (p Password) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, p.mask()) }

// String returns [redacted], or nothing for an empty password.
func (p Password) String() string { return p.mask() }

// GoString returns [redacted], or nothing for an empty password.
func (p Password) GoString() string { return p.mask() }

// MarshalText returns [redacted], or nothing for an empty password: a config that is written out loses its password
// rather than telling it. Reading has no such trap, as a Password is read like any string.
func (p Password) MarshalText() ([]byte, error) { return []byte(p.mask()), nil }

// LogValue returns [redacted], or nothing for an empty password. It implements [slog.LogValuer].
func (p Password) LogValue() slog.Value { return slog.StringValue(p.mask()) }
