package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) {
	if role := os.Getenv(roleEnv); role != "" {
		childMain(role)
		return
	}
	os.Exit(m.Run())
}

// TestHostile runs the short form of what has one, and holds it to its budgets. p99 is printed and not judged: other
// tests run on the same processors.
func TestHostile(t *testing.T) {
	if testing.Short() || raceDetector {
		t.Skip("floods for half a minute")
	}
	chosen, err := choose(nil, false)
	require.NoError(t, err)
	var table strings.Builder
	for _, sc := range chosen {
		t.Run(sc.name, func(t *testing.T) {
			f, err := run(t.Context(), sc, testForm)
			require.NoError(t, err)
			faults := sc.judge(f, testForm)
			table.WriteString(row(sc, f, testForm, faults))
			require.Empty(t, faults, "broken budgets")
		})
	}
	t.Logf("\n%s%s", tableHead, &table)
}

// TestScenarios: every scenario names an attack and has a name of its own.
func TestScenarios(t *testing.T) {
	names := map[string]bool{}
	for _, sc := range scenarios {
		require.Contains(t, attacks, sc.attack, sc.name)
		require.Positive(t, sc.full, sc.name)
		require.False(t, names[sc.name], sc.name)
		names[sc.name] = true
	}
	for attack := range attacks {
		used := false
		for _, sc := range scenarios {
			used = used || sc.attack == attack
		}
		require.True(t, used, "attack %q is in no scenario", attack)
	}
	_, err := choose([]string{"zombies", "nobody"}, false)
	require.Error(t, err)
}
