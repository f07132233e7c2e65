package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/tlv"
)

// sizes is a flag for a range of octets.
type sizes struct{ min, max int }

func (s *sizes) String() string { return "" }

func (s *sizes) Set(text string) error {
	low, high, ranged := strings.Cut(text, "-")
	if !ranged {
		high = low
	}
	a, errLow := strconv.Atoi(low)
	b, errHigh := strconv.Atoi(high)
	if errLow != nil || errHigh != nil || a < 0 || b < a || b > maxSize {
		return fmt.Errorf("want a number of octets up to %s, or a range such as 20-160", group(maxSize))
	}
	*s = sizes{a, b}
	return nil
}

// of returns the size of message i. Neighbours differ, and every run has the same sizes.
func (s sizes) of(i int) int {
	return s.min + int(uint64(i)*0x9E3779B97F4A7C15>>33)%(s.max-s.min+1)
}

// target is an address with digits that count up.
type target struct {
	pdu.Address
	pattern string // Addr with # for those digits
}

func parseTarget(s string) (target, error) {
	a, err := pdu.ParseAddress(strings.ReplaceAll(s, "#", "0"))
	if err != nil {
		return target{}, err
	}
	pattern := strings.TrimPrefix(s, "+")
	if len(pattern) != len(a.Addr) {
		return target{}, errors.New("not an address")
	}
	return target{a, pattern}, nil
}

// of returns the address of message i.
func (t target) of(i int) pdu.Address {
	if !strings.Contains(t.pattern, "#") {
		return t.Address
	}
	b := []byte(t.pattern)
	for k := len(b) - 1; k >= 0; k-- {
		if b[k] == '#' {
			b[k] = byte('0' + i%10)
			i /= 10
		}
	}
	a := t.Address
	a.Addr = string(b)
	return a
}

// filler is what all messages are cut out of: a body handed over is only read.
var filler = []byte(strings.Repeat("The quick brown fox jumps over the lazy dog. ", 1+maxSize/45))

// compose makes message i.
func (o *options) compose(i int) *pdu.SubmitSM {
	sm := &pdu.SubmitSM{Source: o.from, Dest: o.to.of(i)}
	if text := filler[:o.sizes.of(i)]; len(text) <= maxShort {
		sm.ShortMessage = text
	} else {
		tlv.MessagePayload.Set(&sm.TLVs, text)
	}
	if o.asks(i) {
		sm.RegisteredDelivery = pdu.RegisteredReceipt
	}
	return sm
}

// asks tells whether message i asks for a receipt: those that do are spread evenly.
func (o *options) asks(i int) bool { return (i+1)*o.receipts/100 > i*o.receipts/100 }
