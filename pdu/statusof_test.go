package pdu

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// withStatus returns an error of every type of the package that carries a status, by the name of its type.
func withStatus(s CommandStatus) map[string]error {
	why := errors.New("why")
	return map[string]error{
		"StatusError": &StatusError{Status: s, Command: CommandGenericNack},
		"DecodeError": &DecodeError{Status: s, Err: why},
		"CheckError":  &CheckError{Status: s, Err: why},
		"TLVError":    &TLVError{Status: s, Err: why},
	}
}

// standsFor is an error that is another one by its method As.
type standsFor struct{ err error }

func (e standsFor) Error() string        { return "stands for another" }
func (e standsFor) As(target any) bool   { return errors.As(e.err, target) }
func (e standsFor) Is(target error) bool { return errors.Is(e.err, target) }

// F8: a refusal whose status is ESME_ROK is no acknowledgement. A proxy that answers with what StatusOf says would
// acknowledge a message that was refused.
func TestStatusOfNeverOK(t *testing.T) {
	for name, err := range withStatus(StatusOK) {
		for how, err := range map[string]error{
			"itself":  err,
			"wrapped": fmt.Errorf("sending: %w", err),
			"joined":  errors.Join(errors.New("other"), err),
			"as":      standsFor{err},
		} {
			status, ok := StatusOf(err)
			require.True(t, ok, "%s, %s", name, how)
			require.Equal(t, StatusUnknownError, status, "%s, %s", name, how)
		}
	}
	for _, err := range []error{
		errors.New("no status"),
		fmt.Errorf("sending: %w", errors.New("no status")),
		errors.Join(errors.New("no status"), errors.New("none either")),
		standsFor{errors.New("no status")},
		&EncodeError{Err: errTooLong},
		&FrameError{Err: ErrFrameLength},
	} {
		status, ok := StatusOf(err)
		require.False(t, ok, "%v", err)
		require.Equal(t, StatusUnknownError, status, "who does not look at ok acknowledges nothing: %v", err)
	}
	status, ok := StatusOf(nil)
	require.False(t, ok)
	require.Equal(t, StatusOK, status)
}

// HOUSE 3.10: the status of a TLVError is found as that of every other error is.
func TestStatusOfEveryError(t *testing.T) {
	const s = StatusInvalidTLVLength
	for name, err := range withStatus(s) {
		for how, err := range map[string]error{
			"itself":     err,
			"wrapped":    fmt.Errorf("sending: %w", fmt.Errorf("again: %w", err)),
			"joined":     errors.Join(errors.New("other"), fmt.Errorf("sending: %w", err)),
			"wrapped %w": fmt.Errorf("%w: %w", errors.New("other"), err),
			"as":         fmt.Errorf("sending: %w", standsFor{err}),
		} {
			status, ok := StatusOf(err)
			require.True(t, ok, "%s, %s", name, how)
			require.Equal(t, s, status, "%s, %s", name, how)
		}
	}
	_, err := IntKey[uint8](TagSourcePort).value([]byte{1, 2, 3})
	status, ok := StatusOf(err)
	require.True(t, ok)
	require.Equal(t, s, status)
}

// The first status that is not ESME_ROK counts, in the order of errors.As.
func TestStatusOfFirst(t *testing.T) {
	of := func(s CommandStatus) error { return &StatusError{Status: s} }
	tlv := &TLVError{Status: StatusInvalidTLVValue}
	for name, tt := range map[string]struct {
		err  error
		want CommandStatus
	}{
		"joined":            {errors.Join(of(StatusThrottled), of(StatusMsgQueueFull)), StatusThrottled},
		"behind ESME_ROK":   {errors.Join(of(StatusOK), of(StatusThrottled)), StatusThrottled},
		"before ESME_ROK":   {errors.Join(of(StatusThrottled), of(StatusOK)), StatusThrottled},
		"beneath ESME_ROK":  {&DecodeError{Err: of(StatusThrottled)}, StatusThrottled},
		"the outer one":     {&CheckError{Status: StatusMissingTLV, Err: tlv}, StatusMissingTLV},
		"of another type":   {errors.Join(tlv, of(StatusThrottled)), StatusInvalidTLVValue},
		"in the depth":      {errors.Join(errors.Join(of(StatusOK)), errors.Join(of(StatusThrottled))), StatusThrottled},
		"an encoding error": {&EncodeError{Err: tlv}, StatusInvalidTLVValue},
	} {
		status, ok := StatusOf(tt.err)
		require.True(t, ok, name)
		require.Equal(t, tt.want, status, name)
	}
}

// A new error type with a status has to be known to StatusOf, and to the tests above.
func TestStatusOfKnowsAllErrors(t *testing.T) {
	entries, err := os.ReadDir(".")
	require.NoError(t, err)
	var carriers, errs []string
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), e.Name(), nil, 0)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.TypeSpec:
				if hasStatus(n.Type) {
					carriers = append(carriers, n.Name.Name)
				}
			case *ast.FuncDecl:
				if n.Recv != nil && n.Name.Name == "Error" {
					errs = append(errs, strings.TrimPrefix(receiver(n), "*"))
				}
			}
			return true
		})
	}
	known := withStatus(StatusThrottled)
	require.Contains(t, errs, "EncodeError")
	found := 0
	for _, name := range carriers {
		if slices.Contains(errs, name) {
			require.Contains(t, known, name)
			found++
		}
	}
	require.Len(t, known, found)
}

func hasStatus(t ast.Expr) bool {
	s, ok := t.(*ast.StructType)
	if !ok {
		return false
	}
	return slices.ContainsFunc(s.Fields.List, func(f *ast.Field) bool {
		id, ok := f.Type.(*ast.Ident)
		return ok && id.Name == "CommandStatus"
	})
}

func receiver(f *ast.FuncDecl) string {
	switch t := f.Recv.List[0].Type.(type) {
	case *ast.StarExpr:
		return t.X.(*ast.Ident).Name
	case *ast.Ident:
		return t.Name
	}
	return ""
}

// What carries its status itself is looked at without allocations.
func TestStatusOfAllocations(t *testing.T) {
	err := fmt.Errorf("sending: %w", &StatusError{Status: StatusThrottled})
	require.Zero(t, testing.AllocsPerRun(100, func() {
		if s, ok := StatusOf(err); !ok || s != StatusThrottled {
			t.Error(s, ok)
		}
	}))
}

// A refusal that is not sent yet has no response to name: it says what it means. See mc.Refuse.
func TestStatusErrorWords(t *testing.T) {
	for want, err := range map[string]*StatusError{
		"ESME_RBINDFAIL, bind failed":              {Status: StatusBindFailed},
		"ESME_RINVPASWD, invalid password":         {Status: StatusInvalidPassword},
		"ESME_RTHROTTLED, rate limit exceeded":     {Status: StatusThrottled},
		"ESME_ROK":                                 {},
		"command_status 0x0000004A":                {Status: 0x4A},
		"command_status 0xFFFFFFFF":                {Status: 0xFFFFFFFF},
		"vendor command_status 0x00000400":         {Status: 0x400},
		"pdu: generic_nack with ESME_RINVCMDID":    {Status: StatusInvalidCommandID, Command: CommandGenericNack},
		"pdu: submit_sm_resp with ESME_RTHROTTLED": {Status: StatusThrottled, Command: CommandSubmitSMResp},
	} {
		require.EqualError(t, err, want)
	}
	for s := range CommandStatus(len(statusNames)) {
		require.Equal(t, statusNames[s] != "" && s != StatusOK, s.words() != "", s)
	}
}
