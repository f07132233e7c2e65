package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// output is a writer that a test may read while the command writes, and wait on.
type output struct {
	mu   sync.Mutex
	more *sync.Cond
	b    bytes.Buffer
}

func newOutput() *output {
	o := new(output)
	o.more = sync.NewCond(&o.mu)
	return o
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.more.Broadcast()
	return o.b.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// await waits until the output matches, and returns the first group.
func (o *output) await(t *testing.T, pattern string) string {
	t.Helper()
	expired := false
	timer := time.AfterFunc(20*time.Second, func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		expired = true
		o.more.Broadcast()
	})
	defer timer.Stop()
	re := regexp.MustCompile(pattern)
	o.mu.Lock()
	defer o.mu.Unlock()
	for {
		if m := re.FindStringSubmatch(o.b.String()); m != nil {
			return m[len(m)-1]
		}
		require.False(t, expired, "no %q in %s", pattern, o.b.String())
		o.more.Wait()
	}
}

// command runs the command to its end.
func command(t *testing.T, stdin string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, errs := newOutput(), newOutput()
	status = run(ctx, args, strings.NewReader(stdin), out, errs)
	return status, out.String(), errs.String()
}

// listening runs a message centre alone until the test ends, and returns its address.
func listening(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out, errs := newOutput(), newOutput()
	done := make(chan int, 1)
	go func() { done <- run(ctx, append([]string{"-listen", "127.0.0.1:0"}, args...), nil, out, errs) }()
	t.Cleanup(func() {
		cancel()
		require.Equal(t, exitOK, <-done, "%s%s", out, errs)
		require.Contains(t, out.String(), "messages taken")
	})
	return out.await(t, `listens at (\S+) for`)
}

// has checks that a table has a row.
func has(t *testing.T, out, label, value string) {
	t.Helper()
	require.Regexp(t, `(?m)^ +`+regexp.QuoteMeta(label)+` +`+regexp.QuoteMeta(value)+`( |$)`, out)
}

// cell returns a number of a table.
func cell(t *testing.T, out, label string) int {
	t.Helper()
	m := regexp.MustCompile(`(?m)^ +` + regexp.QuoteMeta(label) + ` +([\d,]+)( |$)`).FindStringSubmatch(out)
	require.NotNil(t, m, "no %q in %s", label, out)
	n, err := strconv.Atoi(strings.ReplaceAll(m[1], ",", ""))
	require.NoError(t, err)
	return n
}

func TestShow(t *testing.T) {
	status, out, errs := command(t, "", "-n", "700", "-window", "30")
	require.Equal(t, exitOK, status, "%s%s", out, errs)
	require.Empty(t, errs)
	first, second, ok := strings.Cut(out, "2. The connection is cut")
	require.True(t, ok)
	for _, label := range []string{"messages", "arrived intact"} {
		has(t, first, label, "700")
	}
	parts := cell(t, first, "parts")
	require.Greater(t, parts, 800)
	require.Greater(t, cell(t, first, "of several parts"), 50)
	for _, label := range []string{"sent", "responded", "ESME_ROK", "receipts matched", "DELIVERED"} {
		has(t, first, label, group(parts))
	}
	for _, label := range []string{"nacked", "timed out", "lost", "not sent"} {
		has(t, first, label, "0")
	}
	require.NotContains(t, first, "held back")
	back := cell(t, first, "replies")
	require.Greater(t, back, 200)
	require.Regexp(t, `replies +`+group(back)+` .*\n +of several parts +\d\d .*\n +arrived intact +`+group(back)+` `, first)
	require.Contains(t, first, fmt.Sprintf("%s accepted = %[1]s responded + 0 nacked + 0 sent\n", group(parts)))
	require.Contains(t, first, fmt.Sprintf("%s accepted = %[1]s responded + 0 nacked + 0 sent\n", group(parts+1)),
		"by the session's counters")

	// The window was full when the line was reset: as many are lost, and what was not sent is told apart.
	has(t, second, "in doubt", "30")
	has(t, second, "parts lost", "30")
	require.Equal(t, 1000, cell(t, second, "accepted")+cell(t, second, "in doubt")+cell(t, second, "not sent"))
	require.Contains(t, second, "Its lost report lists 30 requests")
	require.Contains(t, second, "was written, and may have arrived")
	require.Contains(t, second, "and 25 more")
	require.Regexp(t, ` [1-9]\d* parts? did arrive`, second, "what came in the silence was answered in vain")
	require.Regexp(t, `1,\d+ accepted = \d+ responded \+ 0 nacked \+ 0 sent\n +\+ 0 timed out \+ [1-9]\d* not sent \+ 30 lost`, second)
	require.NotContains(t, out, "NOT BALANCE")
	for line := range strings.Lines(out) {
		require.LessOrEqual(t, utf8.RuneCountInString(line), 81, line)
	}
}

func TestShowWithoutReceipts(t *testing.T) {
	status, out, errs := command(t, "", "-n", "20", "-receipts=false")
	require.Equal(t, exitOK, status, "%s%s", out, errs)
	require.NotContains(t, out, "receipts")
	has(t, out, "replies", "238")
}

func TestFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "texts")
	require.NoError(t, os.WriteFile(name, []byte("one\r\n\n  \ntwo £\nthree\n"), 0o600))
	status, out, errs := command(t, "", "-file", name)
	require.Equal(t, exitOK, status, "%s%s", out, errs)
	has(t, out, "messages", "3")

	status, out, errs = command(t, "hi\n", "-file", "-", "-n", "1")
	require.Equal(t, exitOK, status, "%s%s", out, errs)
	require.Contains(t, out, "sends 1 message, the")
	has(t, out, "arrived intact", "1")
}

func TestHelpAndVersion(t *testing.T) {
	status, out, errs := command(t, "", "-h")
	require.Equal(t, exitOK, status)
	require.Empty(t, errs)
	for _, flag := range []string{"-n", "-window", "-file", "-connect", "-listen", "-system-id", "-password", "-receipts", "-version", "-v"} {
		require.Contains(t, out, "\n  "+flag)
	}
	status, out, errs = command(t, "", "-version")
	require.Equal(t, exitOK, status)
	require.Empty(t, errs)
	require.Regexp(t, `^quickstart of github.com/smpp-go/smpp \S+, go\S+\n$`, out)
}

// What is wrong is told on one line, without a password, and with the right status.
func TestErrors(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	closed := l.Addr().String()
	require.NoError(t, l.Close())
	open := listening(t)
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"-n", "0"}, exitUsage, "-n: want a whole number from 1 to 1,000,000"},
		{[]string{"-n", "many"}, exitUsage, "-n: want a whole number"},
		{[]string{"-n", "smpp://u:hush@h"}, exitUsage, "-n: want a whole number"},
		{[]string{"-n"}, exitUsage, "flag needs an argument: -n"},
		{[]string{"-window", "-1"}, exitUsage, "-window: want a whole number from 1 to 10,000"},
		{[]string{"-receipts=hush"}, exitUsage, "-receipts: "},
		{[]string{"-nonsense"}, exitUsage, "flag provided but not defined: -nonsense"},
		{[]string{"-smpp://u:hush@h"}, exitUsage, "there is a flag that does not exist"},
		{[]string{"--=hush"}, exitUsage, "there is a flag without a name"},
		{[]string{"smpp://u:hush@h"}, exitUsage, "there are arguments without a flag"},
		{[]string{"-file", ""}, exitUsage, "-file: want a value"},
		{[]string{"-listen", "localhost:0", "-n", "1"}, exitUsage, "-listen runs the message centre alone"},
		{[]string{"-listen", "localhost:0", "-connect", "smpp://u:hush@h"}, exitUsage, "-listen runs the message centre alone"},
		{[]string{"-system-id", "sixteen letters!"}, exitUsage, "the system_id must be 1 to 15"},
		{[]string{"-password", "hushhushhush"}, exitUsage, "the password must be at most 8"},
		{[]string{"-password", ""}, exitUsage, "the password must not be empty"},
		{[]string{"-listen", "127.0.0.1:0", "-password", ""}, exitUsage, "the password must not be empty"},
		{[]string{"-connect", "smpp://u:hush-hush@" + open}, exitUsage, "the password must be at most 8"},
		{[]string{"-connect", "smpp://u:hush"}, exitUsage, "-connect: u: the port is not a number"},
		{[]string{"-connect", "http://u:hush@h"}, exitUsage, "-connect: the scheme is not smpp"},
		{[]string{"-connect", "smpp://u:hush@" + closed}, exitFailed, "can not connect to " + closed + ": "},
		{[]string{"-connect", "smpp://quickstart:hush@" + open}, exitFailed, "refused the bind of \"quickstart\": ESME_RINVPASWD"},
		{[]string{"-connect", "smpp://hush:secret@" + open}, exitFailed, "ESME_RINVSYSID, the system_id is unknown"},
		{[]string{"-listen", open}, exitFailed, "can not listen at " + open},
		{[]string{"-listen", "localhost:99999"}, exitFailed, "can not listen at localhost:99999"},
		{[]string{"-file", filepath.Join(dir, "nowhere")}, exitFailed, "nowhere: no such file"},
		{[]string{"-file", dir}, exitFailed, "is a directory"},
		{[]string{"-file", file("empty", "\n \n")}, exitFailed, "empty: there is no message in it"},
		{[]string{"-file", file("binary", "ab\n\x7fELF\x02\x01")}, exitFailed, "binary: line 2 is not text in UTF-8"},
		{[]string{"-file", file("latin1", "h\xe4j\n")}, exitFailed, "latin1: line 1 is not text in UTF-8"},
		{[]string{"-file", file("long", "a\n"+strings.Repeat("x", 255*153+1))}, exitFailed, "long: line 2 can not be sent: multipart: the message needs more than 255 parts"},
		{[]string{"-file", "-"}, exitFailed, "standard input: there is no message in it"},
	} {
		status, out, errs := command(t, "", c.args...)
		require.Equal(t, c.status, status, "%q: %s", c.args, errs)
		require.Contains(t, errs, c.want, "%q", c.args)
		require.True(t, strings.HasPrefix(errs, "quickstart: "), "%q: %s", c.args, errs)
		require.Equal(t, 1, strings.Count(errs, "\n"), "%q: one line: %s", c.args, errs)
		if c.want != "ESME_RINVSYSID, the system_id is unknown" { // the name is no secret
			require.NotContains(t, out+errs, "hush", "%q", c.args)
		}
	}
}

func TestListenAndConnect(t *testing.T) {
	address := listening(t, "-system-id", "shop", "-password", "pa55")
	status, out, errs := command(t, "", "-connect", "smpp://shop:pa55@"+address, "-n", "300")
	require.Equal(t, exitOK, status, "%s%s", out, errs)
	require.Empty(t, errs)
	require.Equal(t, cell(t, out, "parts"), cell(t, out, "ESME_ROK"))
	has(t, out, "messages", "300")
	require.Equal(t, cell(t, out, "parts"), cell(t, out, "receipts matched"))
	require.NotContains(t, out, "replies")
	require.NotContains(t, out, "cut", "an outside message centre is left alone")
	require.NotContains(t, out, "intact", "and can not be asked")

	status, out, errs = command(t, "", "-connect", address, "-system-id", "shop", "-password", "pa55", "-n", "3")
	require.Equal(t, exitOK, status, "%s%s", out, errs)
}

// An interrupt lets what is open come to its end, prints the table and tells that not all was sent.
func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out, errs := newOutput(), newOutput()
	done := make(chan int, 1)
	go func() { done <- run(ctx, []string{"-n", "1000000"}, nil, out, errs) }()
	out.await(t, `[1-9]\S* of 1,000,000 answered`)
	cancel()
	require.Equal(t, exitInterrupted, <-done, "%s%s", out, errs)
	require.Equal(t, "quickstart: interrupted before all messages were sent\n", errs.String())
	require.Contains(t, out.String(), "Interrupted:")
	require.NotContains(t, out.String(), "2. The connection is cut")
	sent := out.await(t, `\n  sent +(\S+) `)
	has(t, out.String(), "ESME_ROK", sent)
	require.Equal(t, cell(t, out.String(), "messages"), cell(t, out.String(), "arrived intact"))
	require.NotContains(t, out.String(), "replies")
	has(t, out.String(), "receipts matched", sent)
	require.Equal(t, 2, strings.Count(out.String(), "every one ended once"))
}

// Reading standard input and connecting end with an interrupt, too.
func TestInterruptBeforeBind(t *testing.T) {
	r, w := io.Pipe()
	defer w.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	out, errs := newOutput(), newOutput()
	require.Equal(t, exitInterrupted, run(ctx, []string{"-file", "-"}, r, out, errs), "%s", errs)
	require.Equal(t, exitInterrupted, run(ctx, []string{"-connect", "smpp://a:b@127.0.0.1:9"}, nil, out, errs), "%s", errs)
}
