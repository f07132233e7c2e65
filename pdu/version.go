package pdu

import "strconv"

// String returns the version as people write it, such as "3.4"; a value that is not one of the constants comes as a
// number in hexadecimal.
func (v Version) String() string {
	switch v {
	case V33:
		return "3.3"
	case V34:
		return "3.4"
	case V50:
		return "5.0"
	}
	return "0x" + hexDigits(uint32(v), 2)
}

// Floor returns the newest version of this package that is not above v. Everything below 0x34 is V33, as such a value
// stands for SMPP 3.3 or earlier. SMPP 5.0 §4.7.13.
func (v Version) Floor() Version {
	switch {
	case v >= V50:
		return V50
	case v >= V34:
		return V34
	}
	return V33
}

// Negotiate returns the version that governs a session of two sides that speak a and b: the lower one, reduced to a
// version that this package knows. SMPP 5.0 §2.11; SMPP 3.4 §2.9.
func Negotiate(a, b Version) Version {
	return min(a, b).Floor()
}

// hexDigits writes v in upper case hexadecimal with at least n digits.
func hexDigits(v uint32, n int) string {
	const digits = "0123456789ABCDEF"
	var b [8]byte
	i := len(b)
	for v != 0 || len(b)-i < n {
		i--
		b[i] = digits[v&0xF]
		v >>= 4
	}
	return string(b[i:])
}

// enumName returns names[v], or v as a decimal number where the protocol defines no name for it.
func enumName[T ~uint8](v T, names []string) string {
	if int(v) < len(names) && names[v] != "" {
		return names[v]
	}
	return strconv.Itoa(int(v))
}
