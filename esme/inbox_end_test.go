package esme_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/esme"
	"github.com/smpp-go/smpp/pdu/multipart"
	"github.com/smpp-go/smpp/session"
)

// The parts of a message that is refused behind the end of its session were acknowledged: they are handed over.
func TestInboxRefusesBehindTheEnd(t *testing.T) {
	got := &messages{err: session.ErrLater}
	in := &esme.Inbox{Message: got.take}
	delivering(t, in, func(t *testing.T, mc *session.Session) {
		two := parts(t, 7, "two parts, of which this is a text that is long enough for it: the one hundred and sixty characters of a short message "+
			"are over before it is, and what is left goes into another one.")
		require.Len(t, two, 2)
		require.Zero(t, status(t, mc, two[0]))
		_, err := mc.Send(t.Context(), two[1])
		require.NoError(t, err)
		synctest.Wait()
		require.Len(t, got.list, 1)
		require.NoError(t, mc.Close())
		<-got.list[0].Request.Session().Done()
		require.ErrorIs(t, got.list[0].Answer(context.Background(), errors.New("refused")), session.ErrClosed)
		require.Len(t, got.list, 2)
		require.Equal(t, multipart.Expired, got.list[1].Reason)
		require.Len(t, got.list[1].Parts, 1)
	})
}
