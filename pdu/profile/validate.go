package profile

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/smpp-go/smpp/pdu"
)

// Validate returns an error, a [*FieldError], when a field has a value that makes no sense. What was loaded from JSON is
// valid.
func (p *Profile) Validate() error {
	for _, c := range []struct {
		field string
		err   error
	}{
		{"version", p.checkVersion()},
		{"unsupported", p.checkUnsupported()},
		{"max_parts", between(p.MaxParts, 0, 255)},
		{"payload_over", between(p.PayloadOver, 0, 65535)},
		{"submit.service_type", atMost(p.Submit.ServiceType, 5)},
		{"submit.tlvs", p.checkTLVs()},
		{"receipts.id", p.Receipts.ID.Validate()},
		{"receipts.states", p.checkStates()},
		{"receipts.separators", p.checkSeparators()},
		{"receipts.pattern", p.checkPattern()},
		{"limits.system_id", between(p.Limits.SystemID, 0, 255)},
		{"limits.password", between(p.Limits.Password, 0, 255)},
		{"limits.window", between(p.Limits.Window, 0, math.MaxInt32)},
		{"limits.rate", rate(p.Limits.Rate)},
		{"limits.binds", between(p.Limits.Binds, 0, math.MaxInt32)},
		{"limits.pdu", between(p.Limits.PDU, 0, math.MaxInt32)},
		{"limits.session_messages", between(p.Limits.SessionMessages, 0, math.MaxInt32)},
		{"source", p.Source.check()},
		{"dest", p.Dest.check()},
	} {
		if c.err != nil {
			var inner *FieldError
			if errors.As(c.err, &inner) {
				return &FieldError{c.field + "." + inner.Field, inner.Err}
			}
			return &FieldError{c.field, c.err}
		}
	}
	if p.Limits.PDU > 0 && p.Limits.PDU < pdu.HeaderLen {
		return &FieldError{"limits.pdu", fmt.Errorf("%d octets hold no header", p.Limits.PDU)}
	}
	return nil
}

func (p *Profile) checkVersion() error {
	switch p.Version {
	case 0, pdu.V33, pdu.V34, pdu.V50:
		return nil
	}
	return fmt.Errorf("there is no version %v", p.Version)
}

func (p *Profile) checkUnsupported() error {
	for _, id := range p.Unsupported {
		if id.IsResponse() {
			return fmt.Errorf("%v is no request", id)
		}
	}
	return nil
}

func (p *Profile) checkTLVs() error {
	if len(p.Submit.TLVs) > 0 && p.version() < pdu.V34 {
		return errors.New("there are no TLVs before version 3.4")
	}
	for _, t := range p.Submit.TLVs {
		if len(t.Value) > 0xFFFF {
			return fmt.Errorf("%s has %d octets, more than 65535", formatTag(t.Tag), len(t.Value))
		}
	}
	return nil
}

func (p *Profile) checkStates() error {
	for word, s := range p.Receipts.States {
		switch {
		case word == "" || word != strings.ToUpper(word):
			return &FieldError{word, errors.New("not in upper case")}
		case s > pdu.MessageStateSkipped:
			return &FieldError{word, fmt.Errorf("there is no state %d", s)}
		}
	}
	return nil
}

func (p *Profile) checkSeparators() error {
	for i := range len(p.Receipts.Separators) {
		c := p.Receipts.Separators[i]
		if c == ':' || c == '_' || c == '-' || c > '~' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' {
			return fmt.Errorf("%q is part of keys, dates and ids", c)
		}
	}
	return nil
}

func (p *Profile) checkPattern() error {
	if p.Receipts.Pattern == nil {
		return nil
	}
	useful := false
	for _, name := range p.Receipts.Pattern.SubexpNames() {
		switch name {
		case "":
		case "id", "stat":
			useful = true
		case "sub", "dlvrd", "submit_date", "done_date", "err", "text":
		default:
			return fmt.Errorf("no value of a receipt has the name %q", name)
		}
	}
	if !useful {
		return errors.New("it has no group named id or stat")
	}
	return nil
}

// check names the field by a FieldError.
func (r *AddressRules) check() error {
	if r.InternationalPrefix != "" && !isDigits(r.InternationalPrefix) {
		return &FieldError{"international_prefix", fmt.Errorf("%q is not made of digits", r.InternationalPrefix)}
	}
	if err := between(r.ShortCodeMax, -1, maxNumber); err != nil {
		return &FieldError{"short_code_max", err}
	}
	if err := between(r.AlphanumericMax, -1, maxNumber); err != nil {
		return &FieldError{"alphanumeric_max", err}
	}
	return nil
}

func between(n, low, high int) error {
	if n < low || n > high {
		return fmt.Errorf("%d is not in %d to %d", n, low, high)
	}
	return nil
}

func rate(r float64) error {
	if r < 0 || math.IsNaN(r) || math.IsInf(r, 0) {
		return fmt.Errorf("%v is no rate", r)
	}
	return nil
}

func atMost(s string, n int) error {
	if len(s) > n || strings.ContainsRune(s, 0) {
		return fmt.Errorf("%q is longer than %d characters, or has a NUL", s, n)
	}
	return nil
}
