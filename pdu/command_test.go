package pdu

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCommands(t *testing.T) {
	constants := map[string]CommandID{
		"generic_nack": CommandGenericNack, "bind_receiver": CommandBindReceiver, "bind_receiver_resp": CommandBindReceiverResp,
		"bind_transmitter": CommandBindTransmitter, "bind_transmitter_resp": CommandBindTransmitterResp,
		"query_sm": CommandQuerySM, "query_sm_resp": CommandQuerySMResp, "submit_sm": CommandSubmitSM,
		"submit_sm_resp": CommandSubmitSMResp, "deliver_sm": CommandDeliverSM, "deliver_sm_resp": CommandDeliverSMResp,
		"unbind": CommandUnbind, "unbind_resp": CommandUnbindResp, "replace_sm": CommandReplaceSM,
		"replace_sm_resp": CommandReplaceSMResp, "cancel_sm": CommandCancelSM, "cancel_sm_resp": CommandCancelSMResp,
		"bind_transceiver": CommandBindTransceiver, "bind_transceiver_resp": CommandBindTransceiverResp,
		"outbind": CommandOutbind, "enquire_link": CommandEnquireLink, "enquire_link_resp": CommandEnquireLinkResp,
		"submit_multi": CommandSubmitMulti, "submit_multi_resp": CommandSubmitMultiResp,
		"param_retrieve": CommandParamRetrieve, "param_retrieve_resp": CommandParamRetrieveResp,
		"query_last_msgs": CommandQueryLastMsgs, "query_last_msgs_resp": CommandQueryLastMsgsResp,
		"query_msg_details": CommandQueryMsgDetails, "query_msg_details_resp": CommandQueryMsgDetailsResp,
		"alert_notification": CommandAlertNotification, "data_sm": CommandDataSM, "data_sm_resp": CommandDataSMResp,
		"broadcast_sm": CommandBroadcastSM, "broadcast_sm_resp": CommandBroadcastSMResp,
		"query_broadcast_sm": CommandQueryBroadcastSM, "query_broadcast_sm_resp": CommandQueryBroadcastSMResp,
		"cancel_broadcast_sm": CommandCancelBroadcastSM, "cancel_broadcast_sm_resp": CommandCancelBroadcastSMResp,
	}
	commands := specFacts(t).Commands
	require.Len(t, commands, len(constants))
	for _, c := range commands {
		id, ok := constants[c.Name]
		require.True(t, ok, c.Name)
		require.Equal(t, factNumber(t, c.ID, 32), uint64(id), c.Name)
		require.Equal(t, c.Name, id.String())
		require.True(t, id.Known(), c.Name)
		require.Equal(t, uint64(id)>>31 == 1, id.IsResponse(), c.Name)
		require.Equal(t, c.HasResponse, id.HasResponse(), c.Name)
		for _, v := range []string{"3.3", "3.4", "5.0"} {
			require.Equal(t, slices.Contains(c.Versions, v), id.In(factVersion(t, v)), "%s in %s", c.Name, v)
		}
	}
}

func TestUnknownCommands(t *testing.T) {
	known := map[CommandID]bool{}
	for _, c := range specFacts(t).Commands {
		known[CommandID(factNumber(t, c.ID, 32))] = true
	}
	for n := range CommandID(0x1000) {
		for _, id := range []CommandID{n, n | 0x80000000} {
			require.Equal(t, known[id], id.Known(), id)
			if known[id] {
				continue
			}
			require.Equal(t, fmt.Sprintf("command_id 0x%08X", uint32(id)), id.String())
			require.Equal(t, !id.IsResponse(), id.HasResponse(), id)
			require.False(t, id.In(V50), id)
		}
	}
	require.Equal(t, CommandSubmitSMResp, CommandSubmitSM.Response())
	require.Equal(t, CommandSubmitSMResp, CommandSubmitSMResp.Response())
	require.Equal(t, CommandSubmitSM, CommandSubmitSMResp.Request())
	require.Equal(t, CommandID(0), CommandGenericNack.Request())
}
