package profile

import (
	"bytes"
	"encoding"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/smpp-go/smpp/pdu"
)

// FieldError says which field of a profile is wrong.
type FieldError struct {
	Field string // such as "receipts.id.width" or "submit.tlvs[0].tag"
	Err   error
}

// Error names the field.
func (e *FieldError) Error() string { return "profile: " + e.Field + ": " + e.Err.Error() }

// Unwrap returns Err.
func (e *FieldError) Unwrap() error { return e.Err }

// Load reads a profile as [Parse] does, to the end of r.
func Load(r io.Reader) (*Profile, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	return Parse(data)
}

// Parse reads a profile from JSON and validates it. The field "base" names a [Preset] that the profile begins with; what
// the JSON has goes over it, each list and map as a whole. The name and description of the base are not taken over. An
// error about one field is a [*FieldError].
func Parse(data []byte) (*Profile, error) { return parse(data, maxBases) }

// maxBases is how many presets may stand on one another.
const maxBases = 4

func parse(data []byte, bases int) (*Profile, error) {
	if err := json.Unmarshal(data, new(json.RawMessage)); err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	members, err := object(data)
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	p := new(Profile)
	rest := members[:0]
	for _, m := range members {
		if m.name != "base" {
			rest = append(rest, m)
			continue
		}
		var name string
		if err := json.Unmarshal(m.value, &name); err != nil {
			return nil, &FieldError{"base", errors.New("not a text")}
		}
		if bases == 0 {
			return nil, &FieldError{"base", errors.New("too many bases on one another")}
		}
		if p, err = preset(name, bases-1); err != nil {
			return nil, &FieldError{"base", err}
		}
		p.Name, p.Description = "", "" // those of the preset
	}
	if err := decodeMembers(rest, reflect.ValueOf(p).Elem(), ""); err != nil {
		return nil, err
	}
	if err := p.Validate(); err != nil {
		return nil, err
	}
	return p, nil
}

// UnmarshalJSON is [Parse].
func (p *Profile) UnmarshalJSON(data []byte) error {
	read, err := Parse(data)
	if err != nil {
		return err
	}
	*p = *read
	return nil
}

// member is one member of a JSON object.
type member struct {
	name  string
	value json.RawMessage
}

// object splits a JSON object, in which no name may occur twice.
func object(data []byte) ([]member, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	if t != json.Delim('{') {
		return nil, errors.New("not an object")
	}
	var out []member
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, err
		}
		m := member{name: t.(string)}
		if seen[m.name] {
			return nil, fmt.Errorf("field %q occurs twice", m.name)
		}
		seen[m.name] = true
		if err := d.Decode(&m.value); err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

// decodeMembers puts the members of an object into the fields of a struct.
func decodeMembers(members []member, v reflect.Value, path string) error {
	for _, m := range members {
		field, ok := fieldOf(v, m.name)
		if !ok {
			return &FieldError{path + m.name, errors.New("no such field")}
		}
		if err := decode(m.value, field, path+m.name); err != nil {
			return err
		}
	}
	return nil
}

// fieldOf returns the field of a struct whose tag has the name.
func fieldOf(v reflect.Value, name string) (reflect.Value, bool) {
	for i := range v.NumField() {
		if v.Type().Field(i).Tag.Get("json") == name {
			return v.Field(i), true
		}
	}
	return reflect.Value{}, false
}

// decode puts a JSON value into v, which path names in errors.
func decode(data []byte, v reflect.Value, path string) error {
	fail := func(err error) error { return &FieldError{path, err} }
	if string(data) == "null" {
		return fail(errors.New("null is no value"))
	}
	if f, ok := formOf(v.Type()); ok {
		var s string
		if json.Unmarshal(data, &s) != nil {
			return fail(errors.New("not a text"))
		}
		parsed, err := f.parse(s)
		if err != nil {
			return fail(err)
		}
		v.Set(reflect.ValueOf(parsed))
		return nil
	}
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		var s string
		if json.Unmarshal(data, &s) != nil {
			return fail(errors.New("not a text"))
		}
		if err := u.UnmarshalText([]byte(s)); err != nil {
			return fail(err)
		}
		return nil
	}
	switch v.Kind() {
	case reflect.Struct:
		members, err := object(data)
		if err != nil {
			return fail(err)
		}
		if t, ok := v.Addr().Interface().(*pdu.TLV); ok {
			return decodeTLV(members, t, path)
		}
		return decodeMembers(members, v, path+".")
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return decode(data, v.Elem(), path)
	case reflect.Slice:
		var list []json.RawMessage
		if json.Unmarshal(data, &list) != nil {
			return fail(errors.New("not a list"))
		}
		v.Set(reflect.MakeSlice(v.Type(), len(list), len(list)))
		for i, e := range list {
			if err := decode(e, v.Index(i), fmt.Sprintf("%s[%d]", path, i)); err != nil {
				return err
			}
		}
		return nil
	case reflect.Map:
		members, err := object(data)
		if err != nil {
			return fail(err)
		}
		v.Set(reflect.MakeMap(v.Type()))
		for _, m := range members {
			e := reflect.New(v.Type().Elem()).Elem()
			if err := decode(m.value, e, path+"."+m.name); err != nil {
				return err
			}
			v.SetMapIndex(reflect.ValueOf(m.name), e)
		}
		return nil
	}
	if json.Unmarshal(data, v.Addr().Interface()) != nil {
		kind := map[reflect.Kind]string{
			reflect.Bool: "true or false", reflect.Int: "an integer", reflect.Float64: "a number", reflect.String: "a text",
		}[v.Kind()]
		return fail(errors.New("not " + kind))
	}
	return nil
}

// decodeTLV reads a TLV: its tag, and its value as text, cstring or hex.
func decodeTLV(members []member, t *pdu.TLV, path string) error {
	tagged, valued := false, false
	for _, m := range members {
		field := path + "." + m.name
		var s string
		if json.Unmarshal(m.value, &s) != nil {
			return &FieldError{field, errors.New("not a text")}
		}
		if m.name == "tag" {
			tag, err := parseTag(s)
			if err != nil {
				return &FieldError{field, err}
			}
			t.Tag, tagged = tag, true
			continue
		}
		if valued {
			return &FieldError{field, errors.New("there is a value already")}
		}
		valued = true
		switch m.name {
		case "text":
			t.Value = []byte(s)
		case "cstring":
			t.Value = append([]byte(s), 0)
		case "hex":
			b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
			if err != nil {
				return &FieldError{field, fmt.Errorf("%q is not hexadecimal", s)}
			}
			t.Value = b
		default:
			return &FieldError{field, errors.New("no such field")}
		}
	}
	switch {
	case !tagged:
		return &FieldError{path + ".tag", errors.New("is missing")}
	case !valued:
		return &FieldError{path, errors.New("has none of text, cstring and hex")}
	}
	return nil
}
