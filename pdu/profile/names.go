package profile

import (
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/text"
)

// form is how values of a type are written as texts in JSON where the type itself does not say so.
type form struct {
	parse  func(s string) (any, error)
	format func(v any) string
}

// formOf returns the form of a type, and whether it has one.
func formOf(t reflect.Type) (form, bool) {
	switch t {
	case reflect.TypeFor[pdu.Version]():
		return enumForm("version", pdu.V33, pdu.V34, pdu.V50), true
	case reflect.TypeFor[pdu.TON]():
		return enumForm("type of number", pdu.TONUnknown, pdu.TONInternational, pdu.TONNational, pdu.TONNetworkSpecific,
			pdu.TONSubscriberNumber, pdu.TONAlphanumeric, pdu.TONAbbreviated), true
	case reflect.TypeFor[pdu.NPI]():
		return enumForm("numbering plan", pdu.NPIUnknown, pdu.NPIISDN, pdu.NPIData, pdu.NPITelex, pdu.NPILandMobile,
			pdu.NPINational, pdu.NPIPrivate, pdu.NPIERMES, pdu.NPIInternet, pdu.NPIWAPClientID), true
	case reflect.TypeFor[pdu.MessageState]():
		return enumForm("state", states()...), true
	case reflect.TypeFor[pdu.CommandID]():
		return enumForm("command", requests()...), true
	case reflect.TypeFor[text.Padding]():
		return enumForm("padding", text.PadCR, text.PadZero, text.PadCRExact), true
	case reflect.TypeFor[pdu.Tag]():
		return form{
			parse:  func(s string) (any, error) { return parseTag(s) },
			format: func(v any) string { return formatTag(v.(pdu.Tag)) },
		}, true
	case reflect.TypeFor[time.Duration]():
		return form{
			parse:  func(s string) (any, error) { return time.ParseDuration(s) },
			format: func(v any) string { return v.(time.Duration).String() },
		}, true
	case reflect.TypeFor[*time.Location]():
		return form{parse: parseZone, format: func(v any) string { return v.(*time.Location).String() }}, true
	case reflect.TypeFor[*regexp.Regexp]():
		return form{
			parse:  func(s string) (any, error) { return regexp.Compile(s) },
			format: func(v any) string { return v.(*regexp.Regexp).String() },
		}, true
	}
	return form{}, false
}

// enumForm is the form of a type whose values have names; letters may be small or capital.
func enumForm[T fmt.Stringer](kind string, values ...T) form {
	return form{
		parse: func(s string) (any, error) {
			var names []string
			for _, v := range values {
				if strings.EqualFold(v.String(), s) {
					return v, nil
				}
				names = append(names, v.String())
			}
			return nil, fmt.Errorf("%q is no %s: there are %s", s, kind, strings.Join(names, ", "))
		},
		format: func(v any) string { return v.(T).String() },
	}
}

func states() []pdu.MessageState {
	var out []pdu.MessageState
	for s := pdu.MessageStateScheduled; s <= pdu.MessageStateSkipped; s++ {
		out = append(out, s)
	}
	return out
}

func requests() []pdu.CommandID {
	var out []pdu.CommandID
	for id := range pdu.CommandCancelBroadcastSM + 1 {
		if id.Known() {
			out = append(out, id)
		}
	}
	return out
}

func parseZone(s string) (any, error) {
	if s == "" || s == "Local" {
		return nil, fmt.Errorf("%q is not the IANA name of a time zone", s)
	}
	return time.LoadLocation(s)
}

// parseTag reads a tag from its name in the specification or from four hexadecimal digits behind 0x.
func parseTag(s string) (pdu.Tag, error) {
	if digits, ok := strings.CutPrefix(s, "0x"); ok {
		v, err := strconv.ParseUint(digits, 16, 16)
		if err != nil {
			return 0, fmt.Errorf("%q is not a tag", s)
		}
		return pdu.Tag(v), nil
	}
	for t := range pdu.Tag(0x1400) { // the rest belongs to vendors, and is reserved
		if t.Known() && t.String() == s {
			return t, nil
		}
	}
	return 0, fmt.Errorf("%q is not a tag: there are those of the specification, and numbers such as 0x1400", s)
}

func formatTag(t pdu.Tag) string {
	if t.Known() {
		return t.String()
	}
	return fmt.Sprintf("0x%04X", uint16(t))
}

func nameOf[T ~uint8](v T, names []string) string {
	if int(v) < len(names) {
		return names[v]
	}
	return strconv.Itoa(int(v))
}

func marshalName[T ~uint8](v T, names []string) ([]byte, error) {
	if int(v) >= len(names) {
		return nil, fmt.Errorf("profile: %d has no name", v)
	}
	return []byte(names[v]), nil
}

func unmarshalName[T ~uint8](v *T, b []byte, names []string) error {
	for i, name := range names {
		if strings.EqualFold(name, string(b)) {
			*v = T(i)
			return nil
		}
	}
	return fmt.Errorf("profile: %q is none of %s", b, strings.Join(names, ", "))
}
