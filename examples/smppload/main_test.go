package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/smpp-go/smpp/mc"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/transport"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// centre is a message centre that takes "me" with "secret", gives its messages to take, and sends the receipts that
// they ask for.
type centre struct {
	srv  *mc.Server
	take func(r *session.Request, sm *pdu.SubmitSM) error
	seen atomic.Int64
}

func newCentre(take func(r *session.Request, sm *pdu.SubmitSM) error) *centre {
	c := &centre{take: take}
	mux := new(session.Mux)
	session.On(mux, c.submit)
	c.srv = &mc.Server{Bind: func(_ context.Context, r *mc.BindRequest) (*mc.Account, error) {
		switch {
		case r.SystemID == "full":
			return nil, mc.Refuse(pdu.StatusAlreadyBound)
		case r.SystemID != "me" || !r.CheckPassword("secret"):
			return nil, mc.Refuse(pdu.StatusInvalidPassword)
		}
		return &mc.Account{Handler: mux, Window: 1000}, nil
	}}
	return c
}

func (c *centre) submit(ctx context.Context, r *session.Request, sm *pdu.SubmitSM) (*pdu.SubmitSMResp, error) {
	id := fmt.Sprint(c.seen.Add(1))
	if c.take != nil {
		if err := c.take(r, sm); err != nil {
			return nil, err
		}
	}
	if rcpt := mc.Receipt(sm, id, pdu.MessageStateDelivered); rcpt != nil {
		if _, err := r.Session().Send(ctx, rcpt); err != nil {
			return nil, err
		}
	}
	return &pdu.SubmitSMResp{MessageID: id}, nil
}

// listen serves on loopback until the test ends, and returns the URL for a client.
func (c *centre) listen(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- c.srv.Serve(l) }()
	t.Cleanup(func() {
		require.NoError(t, c.srv.Close())
		require.ErrorIs(t, <-served, mc.ErrServerClosed)
	})
	return "smpp://me:secret@" + l.Addr().String()
}

// command runs the command to its end.
func command(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out, errs bytes.Buffer
	status = run(ctx, args, &out, &errs)
	return status, out.String(), errs.String()
}

// has checks that a table has a row.
func has(t *testing.T, out, label, value string) {
	t.Helper()
	require.Regexp(t, `(?m)^ +`+regexp.QuoteMeta(label)+` +`+regexp.QuoteMeta(value)+`( |$)`, out)
}

func TestLoad(t *testing.T) {
	var texts, payloads atomic.Int64
	c := newCentre(func(_ *session.Request, sm *pdu.SubmitSM) error {
		if sm.ShortMessage != nil {
			texts.Add(1)
		} else {
			payloads.Add(1)
		}
		return nil
	})
	hgrm := filepath.Join(t.TempDir(), "latency.hgrm")
	status, out, errs := command(t, "-connect", c.listen(t), "-n", "2000", "-binds", "3", "-window", "20",
		"-receipts", "25", "-size", "100-400", "-hgrm", hgrm)
	require.Equal(t, exitOK, status, "%s%s", out, errs)
	require.Empty(t, errs)
	for _, row := range [][2]string{
		{"messages", "2,000"},
		{"responded", "2,000"},
		{"ESME_ROK", "2,000"},
		{"nacked", "0"},
		{"lost", "0"},
		{"timed out", "0"},
		{"not sent", "0"},
		{"receipts", "500"},
		{"DELIVERED", "500"},
	} {
		has(t, out, row[0], row[1])
	}
	require.Contains(t, out, "over 3 binds")
	require.Contains(t, out, "latency from when the window had room")
	require.Regexp(t, `(?m)^ +99\.9 % +\S+ .s +[012] took longer$`, out)
	require.Contains(t, out, "2,000 accepted = 2,000 responded + 0 nacked + 0 timed out + 0 not sent + 0 lost\n")
	require.NotContains(t, out, "NOT BALANCE")
	require.EqualValues(t, 2000, texts.Load()+payloads.Load())
	require.NotZero(t, texts.Load())
	require.NotZero(t, payloads.Load())
	plot, err := os.ReadFile(hgrm)
	require.NoError(t, err)
	require.Contains(t, string(plot), "Percentile")
	require.Regexp(t, `Total count\s+=\s+2000`, string(plot))
}

func TestJSON(t *testing.T) {
	status, out, errs := command(t, "-connect", newCentre(nil).listen(t), "-n", "100", "-rate", "1000", "-json")
	require.Equal(t, exitOK, status, "%s%s", out, errs)
	var r reportData
	require.NoError(t, json.Unmarshal([]byte(out), &r))
	require.Equal(t, 100, r.Accepted)
	require.Equal(t, map[string]int{"ESME_ROK": 100}, r.Statuses)
	require.True(t, r.Balanced)
	require.Zero(t, r.Missed)
	require.Equal(t, 1000.0, r.Rate)
	require.InDelta(t, 99, r.Time, 90, "the last one is due after 99 ms")
	require.GreaterOrEqual(t, r.Latency["100"], r.Latency["50"])
	require.NotContains(t, out, "secret")
}

func TestDuration(t *testing.T) {
	status, out, errs := command(t, "-connect", newCentre(nil).listen(t), "-t", "50ms")
	require.Equal(t, exitOK, status, "%s%s", out, errs)
	require.NotContains(t, out, "never begun")
}

// What the message centre refuses is told by status.
func TestRefused(t *testing.T) {
	n := atomic.Int64{}
	c := newCentre(func(*session.Request, *pdu.SubmitSM) error {
		if n.Add(1)%10 == 0 {
			return mc.Refuse(pdu.StatusThrottled)
		}
		return nil
	})
	status, out, errs := command(t, "-connect", c.listen(t), "-n", "200", "-window", "5")
	require.Equal(t, exitRefused, status, "%s%s", out, errs)
	has(t, out, "ESME_ROK", "180")
	has(t, out, "ESME_RTHROTTLED", "20")
}

// When the only connection ends, what was open is lost, and what was due afterwards was never begun.
func TestConnectionEnds(t *testing.T) {
	n := atomic.Int64{}
	c := newCentre(func(r *session.Request, _ *pdu.SubmitSM) error {
		if n.Add(1) == 50 {
			transport.Abort(r.Session().NetConn())
		}
		return nil
	})
	status, out, errs := command(t, "-connect", c.listen(t), "-n", "1000", "-window", "10", "-receipts", "100")
	require.Equal(t, exitLost, status, "%s%s", out, errs)
	require.Regexp(t, `(?m)^  lost +([1-9]|10) +may have arrived$`, out)
	require.Regexp(t, `(?m)^  never begun +9\d\d `, out)
	require.Contains(t, out, "bind ended")
	require.NotContains(t, out, "NOT BALANCE")
}

// An interrupt sends no more, waits for what is open and prints the table.
func TestInterrupt(t *testing.T) {
	for _, rate := range []string{"0", "2000"} {
		ctx, cancel := context.WithCancel(t.Context())
		n := atomic.Int64{}
		c := newCentre(func(*session.Request, *pdu.SubmitSM) error {
			if n.Add(1) == 100 {
				cancel()
			}
			return nil
		})
		var out, errs bytes.Buffer
		status := run(ctx, []string{"-connect", c.listen(t), "-t", "1h", "-rate", rate}, &out, &errs)
		require.Equal(t, exitInterrupted, status, "%s%s", &out, &errs)
		require.Contains(t, errs.String(), "Interrupted")
		has(t, out.String(), "ESME_ROK", fmt.Sprint(n.Load()))
		cancel()
	}
}

func TestInterruptBeforeBind(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs bytes.Buffer
	require.Equal(t, exitInterrupted, run(ctx, []string{"-connect", "smpp://a:b@127.0.0.1:9"}, &out, &errs), "%s", &errs)
}

func TestHelpAndVersion(t *testing.T) {
	status, out, errs := command(t, "-h")
	require.Equal(t, exitOK, status)
	require.Empty(t, errs)
	for _, flag := range []string{
		"-connect", "-system-id", "-password", "-insecure", "-binds", "-transmitter", "-window", "-rate", "-n", "-t",
		"-size", "-receipts", "-from", "-to", "-timeout", "-receipt-wait", "-json", "-hgrm", "-version", "-h",
	} {
		require.Contains(t, out, "\n  "+flag+" ")
	}
	for _, line := range strings.Split(out, "\n") {
		require.LessOrEqual(t, len(line), 80, line)
	}
	status, out, _ = command(t, "-version")
	require.Equal(t, exitOK, status)
	require.Regexp(t, `^smppload of github.com/smpp-go/smpp \S+, go\S+\n$`, out)
}

// What is wrong is told on one line, without a password, and with the right status.
func TestErrors(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	closed := l.Addr().String()
	require.NoError(t, l.Close())
	open := strings.TrimPrefix(newCentre(nil).listen(t), "smpp://me:secret@")
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{nil, exitUsage, "-connect is missing"},
		{[]string{"smpp://u:hush@h"}, exitUsage, "there are arguments without a flag"},
		{[]string{"-smpp://u:hush@h"}, exitUsage, "there is a flag that does not exist"},
		{[]string{"--=hush"}, exitUsage, "there is a flag without a name"},
		{[]string{"-nonsense"}, exitUsage, "flag provided but not defined: -nonsense"},
		{[]string{"-connect", "http://u:hush@h"}, exitUsage, "-connect: the scheme is not smpp"},
		{[]string{"-connect", "smpp://u:hush"}, exitUsage, "-connect: u: the port is not a number"},
		{[]string{"-connect", "smpp://h"}, exitUsage, "want a system_id"},
		{[]string{"-connect", "smpp://u:hush-hush@h"}, exitUsage, "the password must be at most 8"},
		{[]string{"-connect", "smpp://u:hush@h", "-insecure"}, exitUsage, "-insecure is for smpps:// alone"},
		{[]string{"-connect", "smpp://u@h", "-transmitter", "-receipts", "1"}, exitUsage, "-receipts: a transmitter"},
		{[]string{"-n", "smpp://u:hush@h"}, exitUsage, "-n: want a whole number from 1 to 1,000,000,000"},
		{[]string{"-binds", "0"}, exitUsage, "-binds: want a whole number from 1 to 10,000"},
		{[]string{"-window", "x"}, exitUsage, "-window: want a whole number from 1 to 100,000"},
		{[]string{"-receipts", "101"}, exitUsage, "-receipts: want a whole number from 0 to 100"},
		{[]string{"-rate", "-1"}, exitUsage, "-rate: want a number of messages a second"},
		{[]string{"-rate", "NaN"}, exitUsage, "-rate: want a number of messages a second"},
		{[]string{"-t", "5"}, exitUsage, "-t: want a time above zero"},
		{[]string{"-size", "20-10"}, exitUsage, "-size: want a number of octets up to 60,000"},
		{[]string{"-connect", "smpp://u@h", "-from", "+"}, exitUsage, "-from: want a number"},
		{[]string{"-connect", "smpp://u@h", "-to", ""}, exitUsage, "-to: want a number"},
		{[]string{"-connect", "smpp://u:hush@" + closed}, exitFailed, "can not connect to " + closed + ": "},
		{[]string{"-connect", "smpp://me:hush@" + open}, exitFailed, "ESME_RINVPASWD, the password is wrong"},
		{[]string{"-connect", "smpp://full:hush@" + open, "-binds", "5"}, exitFailed, "as many binds as it may have"},
	} {
		status, out, errs := command(t, c.args...)
		require.Equal(t, c.status, status, "%q: %s", c.args, errs)
		require.Contains(t, errs, c.want, "%q", c.args)
		require.True(t, strings.HasPrefix(errs, "smppload: "), "%q: %s", c.args, errs)
		require.Equal(t, 1, strings.Count(errs, "\n"), "%q: one line: %s", c.args, errs)
		require.NotContains(t, out+errs, "hush", "%q", c.args)
	}
}
