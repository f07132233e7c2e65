package text

import (
	"fmt"
	"strings"
)

// nameOf returns the name of an enumerated value, or the kind and the number of one without.
func nameOf[T ~uint8](v T, names []string, kind string) string {
	if int(v) < len(names) && names[v] != "" {
		return names[v]
	}
	return fmt.Sprintf("%s(%d)", kind, uint8(v))
}

func marshalName[T ~uint8](v T, names []string, kind string) ([]byte, error) {
	if int(v) < len(names) && names[v] != "" {
		return []byte(names[v]), nil
	}
	return nil, fmt.Errorf("text: no %s has the number %d", kind, uint8(v))
}

func unmarshalName[T ~uint8](p *T, b []byte, names []string, kind string) error {
	for v, name := range names {
		if name != "" && strings.EqualFold(name, string(b)) {
			*p = T(v)
			return nil
		}
	}
	return fmt.Errorf("text: no %s has the name %q", kind, b)
}
