package profile

import (
	"bytes"
	"encoding"
	"encoding/hex"
	"encoding/json"
	"reflect"
	"slices"

	"github.com/smpp-go/smpp/pdu"
)

// MarshalJSON returns the profile as [Parse] reads it, without the fields that are zero and without a base.
func (p Profile) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	if err := encode(&b, reflect.ValueOf(p)); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func encode(b *bytes.Buffer, v reflect.Value) error {
	if f, ok := formOf(v.Type()); ok {
		return encodeJSON(b, f.format(v.Interface()))
	}
	if m, ok := v.Interface().(encoding.TextMarshaler); ok {
		s, err := m.MarshalText()
		if err != nil {
			return err
		}
		return encodeJSON(b, string(s))
	}
	if t, ok := v.Interface().(pdu.TLV); ok {
		return encodeJSON(b, map[string]string{"tag": formatTag(t.Tag), "hex": hex.EncodeToString(t.Value)})
	}
	switch v.Kind() {
	case reflect.Pointer:
		return encode(b, v.Elem())
	case reflect.Struct:
		return encodeMembers(b, v)
	case reflect.Slice:
		b.WriteByte('[')
		for i := range v.Len() {
			if i > 0 {
				b.WriteByte(',')
			}
			if err := encode(b, v.Index(i)); err != nil {
				return err
			}
		}
		b.WriteByte(']')
		return nil
	case reflect.Map:
		keys := v.MapKeys()
		slices.SortFunc(keys, func(x, y reflect.Value) int { return bytes.Compare([]byte(x.String()), []byte(y.String())) })
		b.WriteByte('{')
		for i, k := range keys {
			if i > 0 {
				b.WriteByte(',')
			}
			if err := encodeJSON(b, k.String()); err != nil {
				return err
			}
			b.WriteByte(':')
			if err := encode(b, v.MapIndex(k)); err != nil {
				return err
			}
		}
		b.WriteByte('}')
		return nil
	}
	return encodeJSON(b, v.Interface())
}

// encodeMembers writes a struct. An empty list is not the same as none.
func encodeMembers(b *bytes.Buffer, v reflect.Value) error {
	b.WriteByte('{')
	first := true
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			continue
		}
		if !first {
			b.WriteByte(',')
		}
		first = false
		if err := encodeJSON(b, v.Type().Field(i).Tag.Get("json")); err != nil {
			return err
		}
		b.WriteByte(':')
		if err := encode(b, v.Field(i)); err != nil {
			return err
		}
	}
	b.WriteByte('}')
	return nil
}

func encodeJSON(b *bytes.Buffer, v any) error {
	data, err := json.Marshal(v)
	b.Write(data)
	return err
}
