package machine

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
)

var versionNames = map[string]pdu.Version{"3.3": pdu.V33, "3.4": pdu.V34, "5.0": pdu.V50}

// exceptions are the cells in which a dispute decides otherwise than the table: command, version, role, state.
// They are those that the machine adds to the table (true) or takes from it (false).
var exceptions = func() map[[4]string]bool {
	all := map[[4]string]bool{
		{"replace_sm", "3.4", "ESME", "BOUND_TRX"}: true,  // D10
		{"data_sm", "3.4", "ESME", "BOUND_RX"}:     false, // D32
		{"data_sm", "3.4", "MC", "BOUND_TX"}:       false, // D32
	}
	for _, v := range []string{"3.3", "3.4"} {
		for _, role := range []string{"ESME", "MC"} {
			for _, s := range []string{"OPEN", "OUTBOUND", "UNBOUND"} {
				all[[4]string{"enquire_link", v, role, s}] = true // D33
			}
		}
		// The states that 5.0 adds to the older versions: their tables have no column for them.
		all[[4]string{"bind_receiver", v, "ESME", "OUTBOUND"}] = true
		all[[4]string{"bind_transmitter", v, "ESME", "OUTBOUND"}] = true
	}
	all[[4]string{"bind_transceiver", "3.4", "ESME", "OUTBOUND"}] = true
	// A session of 3.3 has no transceiver: the column does not exist, and no bind leads there.
	for _, c := range []string{"unbind", "enquire_link"} {
		all[[4]string{c, "3.3", "ESME", "BOUND_TRX"}] = true
		all[[4]string{c, "3.3", "MC", "BOUND_TRX"}] = true
	}
	for _, c := range []string{
		"submit_sm", "submit_multi", "query_sm", "cancel_sm", "replace_sm", "param_retrieve", "query_last_msgs",
		"query_msg_details",
	} {
		all[[4]string{c, "3.3", "ESME", "BOUND_TRX"}] = true
	}
	all[[4]string{"deliver_sm", "3.3", "MC", "BOUND_TRX"}] = true
	return all
}()

// TestMatrix holds the operation matrix to the table of the specification, cell by cell. D28 and D55 are about answers
// to what the table forbids, and change no cell: see TestViolations.
func TestMatrix(t *testing.T) {
	b, err := os.ReadFile("../../../pdu/testdata/smpp.json")
	require.NoError(t, err)
	var spec struct {
		Matrix map[string]json.RawMessage `json:"matrix"`
	}
	require.NoError(t, json.Unmarshal(b, &spec))

	seen := map[[4]string]bool{}
	for name, version := range versionNames {
		var table map[string]map[string][]string
		require.NoError(t, json.Unmarshal(spec.Matrix[name], &table))
		for id := range matrix {
			row := table[id.String()]
			require.Equal(t, row != nil, id.In(version), "%v in %s", id, name)
			for _, role := range []Role{RoleESME, RoleMC} {
				for state := range numStates {
					cell := [4]string{id.String(), name, role.String(), state.String()}
					want := slices.Contains(row[role.String()], state.String())
					if except, ok := exceptions[cell]; ok {
						if want != except {
							seen[cell] = true
						}
						want = except
					}
					require.Equal(t, want, allowed(version, role, state, id), "%v", cell)
				}
			}
			delete(table, id.String())
		}
		for command := range table {
			require.Regexp(t, "_resp$|^generic_nack$", command, "requests of %s that the machine does not know", name)
		}
	}
	for cell := range exceptions {
		require.True(t, seen[cell], "%v is no exception", cell)
	}
}

// TestMatrixVendor: commands outside the protocol are free on a bound session, and there alone.
func TestMatrixVendor(t *testing.T) {
	for state := range numStates {
		require.Equal(t, state.Bound(), allowed(pdu.V34, RoleESME, state, 0x00010200), "%v", state)
	}
}

// TestNames: states, roles and outcomes have the names of the specification.
func TestNames(t *testing.T) {
	require.Equal(t, "BOUND_TRX", StateBoundTRX.String())
	require.Equal(t, "State(9)", State(9).String())
	require.Equal(t, "timed out", TimedOut.String())
	require.Equal(t, "Outcome(9)", Outcome(9).String())
	e := &StateError{Command: pdu.CommandSubmitSM, Role: RoleMC, State: StateOpen, Version: pdu.V34}
	require.EqualError(t, e, "submit_sm is not allowed to an MC in state OPEN (SMPP 3.4)")
}
