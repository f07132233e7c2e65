package pdu

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStatuses(t *testing.T) {
	constants := map[string]CommandStatus{
		"ESME_ROK":                 StatusOK,
		"ESME_RINVMSGLEN":          StatusInvalidMsgLength,
		"ESME_RINVCMDLEN":          StatusInvalidCommandLength,
		"ESME_RINVCMDID":           StatusInvalidCommandID,
		"ESME_RINVBNDSTS":          StatusInvalidBindState,
		"ESME_RALYBND":             StatusAlreadyBound,
		"ESME_RINVPRTFLG":          StatusInvalidPriorityFlag,
		"ESME_RINVREGDLVFLG":       StatusInvalidRegisteredDelivery,
		"ESME_RSYSERR":             StatusSystemError,
		"ESME_RINVSRCADR":          StatusInvalidSourceAddr,
		"ESME_RINVDSTADR":          StatusInvalidDestAddr,
		"ESME_RINVMSGID":           StatusInvalidMessageID,
		"ESME_RBINDFAIL":           StatusBindFailed,
		"ESME_RINVPASWD":           StatusInvalidPassword,
		"ESME_RINVSYSID":           StatusInvalidSystemID,
		"ESME_RCANCELFAIL":         StatusCancelFailed,
		"ESME_RREPLACEFAIL":        StatusReplaceFailed,
		"ESME_RMSGQFUL":            StatusMsgQueueFull,
		"ESME_RINVSERTYP":          StatusInvalidServiceType,
		"ESME_RINVNUMDESTS":        StatusInvalidNumberOfDests,
		"ESME_RINVDLNAME":          StatusInvalidDLName,
		"ESME_RINVDESTFLAG":        StatusInvalidDestFlag,
		"ESME_RINVSUBREP":          StatusInvalidSubmitReplace,
		"ESME_RINVESMCLASS":        StatusInvalidESMClass,
		"ESME_RCNTSUBDL":           StatusCannotSubmitToDL,
		"ESME_RSUBMITFAIL":         StatusSubmitFailed,
		"ESME_RINVSRCTON":          StatusInvalidSourceTON,
		"ESME_RINVSRCNPI":          StatusInvalidSourceNPI,
		"ESME_RINVDSTTON":          StatusInvalidDestTON,
		"ESME_RINVDSTNPI":          StatusInvalidDestNPI,
		"ESME_RINVSYSTYP":          StatusInvalidSystemType,
		"ESME_RINVREPFLAG":         StatusInvalidReplaceIfPresent,
		"ESME_RINVNUMMSGS":         StatusInvalidNumberOfMessages,
		"ESME_RTHROTTLED":          StatusThrottled,
		"ESME_RINVSCHED":           StatusInvalidScheduleTime,
		"ESME_RINVEXPIRY":          StatusInvalidValidityPeriod,
		"ESME_RINVDFTMSGID":        StatusInvalidDefaultMsgID,
		"ESME_RX_T_APPN":           StatusTemporaryAppError,
		"ESME_RX_P_APPN":           StatusPermanentAppError,
		"ESME_RX_R_APPN":           StatusRejectAppError,
		"ESME_RQUERYFAIL":          StatusQueryFailed,
		"ESME_RINVTLVSTREAM":       StatusInvalidTLVStream,
		"ESME_RTLVNOTALLWD":        StatusTLVNotAllowed,
		"ESME_RINVTLVLEN":          StatusInvalidTLVLength,
		"ESME_RMISSINGTLV":         StatusMissingTLV,
		"ESME_RINVTLVVAL":          StatusInvalidTLVValue,
		"ESME_RDELIVERYFAILURE":    StatusDeliveryFailure,
		"ESME_RUNKNOWNERR":         StatusUnknownError,
		"ESME_RSERTYPUNAUTH":       StatusServiceTypeUnauthorized,
		"ESME_RPROHIBITED":         StatusProhibited,
		"ESME_RSERTYPUNAVAIL":      StatusServiceTypeUnavailable,
		"ESME_RSERTYPDENIED":       StatusServiceTypeDenied,
		"ESME_RINVDCS":             StatusInvalidDataCoding,
		"ESME_RINVSRCADDRSUBUNIT":  StatusInvalidSourceAddrSubunit,
		"ESME_RINVDSTADDRSUBUNIT":  StatusInvalidDestAddrSubunit,
		"ESME_RINVBCASTFREQINT":    StatusInvalidBroadcastFrequencyInterval,
		"ESME_RINVBCASTALIAS_NAME": StatusInvalidBroadcastAliasName,
		"ESME_RINVBCASTAREAFMT":    StatusInvalidBroadcastAreaFormat,
		"ESME_RINVNUMBCAST_AREAS":  StatusInvalidNumberOfBroadcastAreas,
		"ESME_RINVBCASTCNTTYPE":    StatusInvalidBroadcastContentType,
		"ESME_RINVBCASTMSGCLASS":   StatusInvalidBroadcastMessageClass,
		"ESME_RBCASTFAIL":          StatusBroadcastFailed,
		"ESME_RBCASTQUERYFAIL":     StatusBroadcastQueryFailed,
		"ESME_RBCASTCANCELFAIL":    StatusBroadcastCancelFailed,
		"ESME_RINVBCAST_REP":       StatusInvalidBroadcastRepNum,
		"ESME_RINVBCASTSRVGRP":     StatusInvalidBroadcastServiceGroup,
		"ESME_RINVBCASTCHANIND":    StatusInvalidBroadcastChannelIndicator,
	}
	statuses := specFacts(t).Statuses
	require.Len(t, statuses, len(constants))
	known := map[CommandStatus]bool{}
	for _, s := range statuses {
		status, ok := constants[s.Name]
		require.True(t, ok, s.Name)
		require.Equal(t, factNumber(t, s.Code, 32), uint64(status), s.Name)
		require.Equal(t, s.Name, status.String())
		known[status] = true

		parsed, ok := ParseCommandStatus(s.Name)
		require.True(t, ok, s.Name)
		require.Equal(t, status, parsed)
		parsed, ok = ParseCommandStatus(s.Code)
		require.True(t, ok, s.Code)
		require.Equal(t, status, parsed)
	}
	for s := range CommandStatus(0x600) {
		vendor := s >= 0x400 && s <= 0x4FF
		require.Equal(t, vendor, s.Vendor())
		want := fmt.Sprintf("command_status 0x%08X", uint32(s))
		if vendor {
			want = "vendor " + want
		}
		if !known[s] {
			require.Equal(t, want, s.String())
		}
	}
	require.Equal(t, "command_status 0xFFFFFFFF", CommandStatus(0xFFFFFFFF).String())
}

func TestParseCommandStatus(t *testing.T) {
	for text, want := range map[string]CommandStatus{"0x0": StatusOK, "0x58": StatusThrottled, "0x000004ff": 0x4FF, "0xFFFFFFFF": 0xFFFFFFFF} {
		got, ok := ParseCommandStatus(text)
		require.True(t, ok, text)
		require.Equal(t, want, got)
	}
	for _, text := range []string{"", "88", "0x", "0x100000000", "0x000000058", "0xg", "0x_1", "esme_rok", "ESME_RNONE", "StatusOK"} {
		_, ok := ParseCommandStatus(text)
		require.False(t, ok, text)
	}
}
