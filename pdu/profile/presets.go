package profile

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// presets are profiles named after habits; the file names are the names.
//
//go:embed presets/*.json
var presets embed.FS

// Presets returns the names of the presets, sorted.
func Presets() []string {
	files, _ := fs.Glob(presets, "presets/*.json") // the pattern is right, and the files are in the program
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = strings.TrimSuffix(path.Base(f), ".json")
	}
	slices.Sort(names)
	return names
}

// Preset returns the preset of a name, such as "latin1-default". Each call returns another copy, which may be changed.
// It is an error when there is none.
func Preset(name string) (*Profile, error) { return preset(name, maxBases) }

func preset(name string, bases int) (*Profile, error) {
	if !slices.Contains(Presets(), name) {
		return nil, fmt.Errorf("profile: no preset has the name %q", name)
	}
	data, err := presets.ReadFile("presets/" + name + ".json")
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	return parse(data, bases)
}
