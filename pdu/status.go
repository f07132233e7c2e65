package pdu

import (
	"strconv"
	"strings"
)

// CommandStatus is the command_status of a response: zero when the request succeeded, else why it did not. Requests
// carry zero. It is not an error, since zero would then be one; see [StatusError] for the error.
// SMPP 5.0 §4.7.6; SMPP 3.4 §5.1.3.
type CommandStatus uint32

// Statuses of SMPP 3.3, 3.4 and 5.0. Each comment begins with the name in the specification, which is what String
// returns; those marked 5.0 are new there. Peers send other values too: 0x400..0x4FF belong to vendors, and a status
// without a name is a failure like any other.
const (
	StatusOK                                CommandStatus = 0x00000000 // ESME_ROK: success
	StatusInvalidMsgLength                  CommandStatus = 0x00000001 // ESME_RINVMSGLEN: length of short_message or message_payload not acceptable
	StatusInvalidCommandLength              CommandStatus = 0x00000002 // ESME_RINVCMDLEN: command_length is too small or too large for the PDU
	StatusInvalidCommandID                  CommandStatus = 0x00000003 // ESME_RINVCMDID: command_id unknown or not supported
	StatusInvalidBindState                  CommandStatus = 0x00000004 // ESME_RINVBNDSTS: PDU not allowed in this session state
	StatusAlreadyBound                      CommandStatus = 0x00000005 // ESME_RALYBND: bind on a session that is bound already
	StatusInvalidPriorityFlag               CommandStatus = 0x00000006 // ESME_RINVPRTFLG: priority_flag illegal or unsupported
	StatusInvalidRegisteredDelivery         CommandStatus = 0x00000007 // ESME_RINVREGDLVFLG: registered_delivery illegal or not permitted
	StatusSystemError                       CommandStatus = 0x00000008 // ESME_RSYSERR: system error of the answering side
	StatusInvalidSourceAddr                 CommandStatus = 0x0000000A // ESME_RINVSRCADR: source address not acceptable
	StatusInvalidDestAddr                   CommandStatus = 0x0000000B // ESME_RINVDSTADR: destination address not acceptable
	StatusInvalidMessageID                  CommandStatus = 0x0000000C // ESME_RINVMSGID: message id not acceptable or not known
	StatusBindFailed                        CommandStatus = 0x0000000D // ESME_RBINDFAIL: bind refused for a reason that is not told
	StatusInvalidPassword                   CommandStatus = 0x0000000E // ESME_RINVPASWD: password field malformed; many MCs: wrong password
	StatusInvalidSystemID                   CommandStatus = 0x0000000F // ESME_RINVSYSID: system_id field malformed; many MCs: unknown system_id
	StatusCancelFailed                      CommandStatus = 0x00000011 // ESME_RCANCELFAIL: cancel_sm failed
	StatusReplaceFailed                     CommandStatus = 0x00000013 // ESME_RREPLACEFAIL: replace_sm failed
	StatusMsgQueueFull                      CommandStatus = 0x00000014 // ESME_RMSGQFUL: queue full, for the destination or for the whole centre
	StatusInvalidServiceType                CommandStatus = 0x00000015 // ESME_RINVSERTYP: service_type unknown or of bad length
	StatusInvalidNumberOfDests              CommandStatus = 0x00000033 // ESME_RINVNUMDESTS: number_of_dests not acceptable
	StatusInvalidDLName                     CommandStatus = 0x00000034 // ESME_RINVDLNAME: distribution list name malformed or unknown
	StatusInvalidDestFlag                   CommandStatus = 0x00000040 // ESME_RINVDESTFLAG: dest_flag is neither 1 nor 2
	StatusInvalidSubmitReplace              CommandStatus = 0x00000042 // ESME_RINVSUBREP: submit-with-replace not possible here
	StatusInvalidESMClass                   CommandStatus = 0x00000043 // ESME_RINVESMCLASS: esm_class has an unsupported setting
	StatusCannotSubmitToDL                  CommandStatus = 0x00000044 // ESME_RCNTSUBDL: distribution lists unsupported, denied or unavailable
	StatusSubmitFailed                      CommandStatus = 0x00000045 // ESME_RSUBMITFAIL: submission failed for a reason that is not told
	StatusInvalidSourceTON                  CommandStatus = 0x00000048 // ESME_RINVSRCTON: source TON not acceptable
	StatusInvalidSourceNPI                  CommandStatus = 0x00000049 // ESME_RINVSRCNPI: source NPI not acceptable
	StatusInvalidDestTON                    CommandStatus = 0x00000050 // ESME_RINVDSTTON: destination TON not acceptable
	StatusInvalidDestNPI                    CommandStatus = 0x00000051 // ESME_RINVDSTNPI: destination NPI not acceptable
	StatusInvalidSystemType                 CommandStatus = 0x00000053 // ESME_RINVSYSTYP: system_type of the bind not acceptable
	StatusInvalidReplaceIfPresent           CommandStatus = 0x00000054 // ESME_RINVREPFLAG: replace_if_present_flag not acceptable
	StatusInvalidNumberOfMessages           CommandStatus = 0x00000055 // ESME_RINVNUMMSGS: number of messages not acceptable; SMPP 3.3, query_last_msgs
	StatusThrottled                         CommandStatus = 0x00000058 // ESME_RTHROTTLED: rate limit exceeded
	StatusInvalidScheduleTime               CommandStatus = 0x00000061 // ESME_RINVSCHED: schedule_delivery_time malformed or refused
	StatusInvalidValidityPeriod             CommandStatus = 0x00000062 // ESME_RINVEXPIRY: validity_period malformed or refused
	StatusInvalidDefaultMsgID               CommandStatus = 0x00000063 // ESME_RINVDFTMSGID: predefined message unknown
	StatusTemporaryAppError                 CommandStatus = 0x00000064 // ESME_RX_T_APPN: receiver can not take the message now: retry later
	StatusPermanentAppError                 CommandStatus = 0x00000065 // ESME_RX_P_APPN: receiver will never take messages for this destination
	StatusRejectAppError                    CommandStatus = 0x00000066 // ESME_RX_R_APPN: receiver refuses this message: do not retry it
	StatusQueryFailed                       CommandStatus = 0x00000067 // ESME_RQUERYFAIL: query failed
	StatusInvalidTLVStream                  CommandStatus = 0x000000C0 // ESME_RINVTLVSTREAM: TLVs cut short, or 1 to 3 octets left over
	StatusTLVNotAllowed                     CommandStatus = 0x000000C1 // ESME_RTLVNOTALLWD: TLV not allowed here
	StatusInvalidTLVLength                  CommandStatus = 0x000000C2 // ESME_RINVTLVLEN: TLV length not acceptable
	StatusMissingTLV                        CommandStatus = 0x000000C3 // ESME_RMISSINGTLV: a required TLV is absent
	StatusInvalidTLVValue                   CommandStatus = 0x000000C4 // ESME_RINVTLVVAL: TLV value not acceptable
	StatusDeliveryFailure                   CommandStatus = 0x000000FE // ESME_RDELIVERYFAILURE: delivery failed in transaction mode
	StatusUnknownError                      CommandStatus = 0x000000FF // ESME_RUNKNOWNERR: unexpected error
	StatusServiceTypeUnauthorized           CommandStatus = 0x00000100 // ESME_RSERTYPUNAUTH: service_type not permitted for this ESME (5.0)
	StatusProhibited                        CommandStatus = 0x00000101 // ESME_RPROHIBITED: operation denied to this ESME (5.0)
	StatusServiceTypeUnavailable            CommandStatus = 0x00000102 // ESME_RSERTYPUNAVAIL: service_type out of service (5.0)
	StatusServiceTypeDenied                 CommandStatus = 0x00000103 // ESME_RSERTYPDENIED: content does not fit the service_type (5.0)
	StatusInvalidDataCoding                 CommandStatus = 0x00000104 // ESME_RINVDCS: data_coding invalid or unsupported (5.0)
	StatusInvalidSourceAddrSubunit          CommandStatus = 0x00000105 // ESME_RINVSRCADDRSUBUNIT: source_addr_subunit invalid (5.0)
	StatusInvalidDestAddrSubunit            CommandStatus = 0x00000106 // ESME_RINVDSTADDRSUBUNIT: dest_addr_subunit invalid (5.0)
	StatusInvalidBroadcastFrequencyInterval CommandStatus = 0x00000107 // ESME_RINVBCASTFREQINT: broadcast_frequency_interval invalid or unsupported (5.0)
	StatusInvalidBroadcastAliasName         CommandStatus = 0x00000108 // ESME_RINVBCASTALIAS_NAME: broadcast alias name malformed (5.0)
	StatusInvalidBroadcastAreaFormat        CommandStatus = 0x00000109 // ESME_RINVBCASTAREAFMT: broadcast area format invalid or unsupported (5.0)
	StatusInvalidNumberOfBroadcastAreas     CommandStatus = 0x0000010A // ESME_RINVNUMBCAST_AREAS: number of broadcast areas invalid (5.0)
	StatusInvalidBroadcastContentType       CommandStatus = 0x0000010B // ESME_RINVBCASTCNTTYPE: broadcast_content_type invalid or unsupported (5.0)
	StatusInvalidBroadcastMessageClass      CommandStatus = 0x0000010C // ESME_RINVBCASTMSGCLASS: broadcast_message_class invalid or unsupported (5.0)
	StatusBroadcastFailed                   CommandStatus = 0x0000010D // ESME_RBCASTFAIL: broadcast_sm failed (5.0)
	StatusBroadcastQueryFailed              CommandStatus = 0x0000010E // ESME_RBCASTQUERYFAIL: query_broadcast_sm failed (5.0)
	StatusBroadcastCancelFailed             CommandStatus = 0x0000010F // ESME_RBCASTCANCELFAIL: cancel_broadcast_sm failed (5.0)
	StatusInvalidBroadcastRepNum            CommandStatus = 0x00000110 // ESME_RINVBCAST_REP: broadcast_rep_num invalid or unsupported (5.0)
	StatusInvalidBroadcastServiceGroup      CommandStatus = 0x00000111 // ESME_RINVBCASTSRVGRP: broadcast_service_group invalid or unsupported (5.0)
	StatusInvalidBroadcastChannelIndicator  CommandStatus = 0x00000112 // ESME_RINVBCASTCHANIND: broadcast_channel_indicator invalid or unsupported (5.0)
)

// statusNames is indexed by status; the empty string stands for a status without a name.
var statusNames = [...]string{
	StatusOK:                                "ESME_ROK",
	StatusInvalidMsgLength:                  "ESME_RINVMSGLEN",
	StatusInvalidCommandLength:              "ESME_RINVCMDLEN",
	StatusInvalidCommandID:                  "ESME_RINVCMDID",
	StatusInvalidBindState:                  "ESME_RINVBNDSTS",
	StatusAlreadyBound:                      "ESME_RALYBND",
	StatusInvalidPriorityFlag:               "ESME_RINVPRTFLG",
	StatusInvalidRegisteredDelivery:         "ESME_RINVREGDLVFLG",
	StatusSystemError:                       "ESME_RSYSERR",
	StatusInvalidSourceAddr:                 "ESME_RINVSRCADR",
	StatusInvalidDestAddr:                   "ESME_RINVDSTADR",
	StatusInvalidMessageID:                  "ESME_RINVMSGID",
	StatusBindFailed:                        "ESME_RBINDFAIL",
	StatusInvalidPassword:                   "ESME_RINVPASWD",
	StatusInvalidSystemID:                   "ESME_RINVSYSID",
	StatusCancelFailed:                      "ESME_RCANCELFAIL",
	StatusReplaceFailed:                     "ESME_RREPLACEFAIL",
	StatusMsgQueueFull:                      "ESME_RMSGQFUL",
	StatusInvalidServiceType:                "ESME_RINVSERTYP",
	StatusInvalidNumberOfDests:              "ESME_RINVNUMDESTS",
	StatusInvalidDLName:                     "ESME_RINVDLNAME",
	StatusInvalidDestFlag:                   "ESME_RINVDESTFLAG",
	StatusInvalidSubmitReplace:              "ESME_RINVSUBREP",
	StatusInvalidESMClass:                   "ESME_RINVESMCLASS",
	StatusCannotSubmitToDL:                  "ESME_RCNTSUBDL",
	StatusSubmitFailed:                      "ESME_RSUBMITFAIL",
	StatusInvalidSourceTON:                  "ESME_RINVSRCTON",
	StatusInvalidSourceNPI:                  "ESME_RINVSRCNPI",
	StatusInvalidDestTON:                    "ESME_RINVDSTTON",
	StatusInvalidDestNPI:                    "ESME_RINVDSTNPI",
	StatusInvalidSystemType:                 "ESME_RINVSYSTYP",
	StatusInvalidReplaceIfPresent:           "ESME_RINVREPFLAG",
	StatusInvalidNumberOfMessages:           "ESME_RINVNUMMSGS",
	StatusThrottled:                         "ESME_RTHROTTLED",
	StatusInvalidScheduleTime:               "ESME_RINVSCHED",
	StatusInvalidValidityPeriod:             "ESME_RINVEXPIRY",
	StatusInvalidDefaultMsgID:               "ESME_RINVDFTMSGID",
	StatusTemporaryAppError:                 "ESME_RX_T_APPN",
	StatusPermanentAppError:                 "ESME_RX_P_APPN",
	StatusRejectAppError:                    "ESME_RX_R_APPN",
	StatusQueryFailed:                       "ESME_RQUERYFAIL",
	StatusInvalidTLVStream:                  "ESME_RINVTLVSTREAM",
	StatusTLVNotAllowed:                     "ESME_RTLVNOTALLWD",
	StatusInvalidTLVLength:                  "ESME_RINVTLVLEN",
	StatusMissingTLV:                        "ESME_RMISSINGTLV",
	StatusInvalidTLVValue:                   "ESME_RINVTLVVAL",
	StatusDeliveryFailure:                   "ESME_RDELIVERYFAILURE",
	StatusUnknownError:                      "ESME_RUNKNOWNERR",
	StatusServiceTypeUnauthorized:           "ESME_RSERTYPUNAUTH",
	StatusProhibited:                        "ESME_RPROHIBITED",
	StatusServiceTypeUnavailable:            "ESME_RSERTYPUNAVAIL",
	StatusServiceTypeDenied:                 "ESME_RSERTYPDENIED",
	StatusInvalidDataCoding:                 "ESME_RINVDCS",
	StatusInvalidSourceAddrSubunit:          "ESME_RINVSRCADDRSUBUNIT",
	StatusInvalidDestAddrSubunit:            "ESME_RINVDSTADDRSUBUNIT",
	StatusInvalidBroadcastFrequencyInterval: "ESME_RINVBCASTFREQINT",
	StatusInvalidBroadcastAliasName:         "ESME_RINVBCASTALIAS_NAME",
	StatusInvalidBroadcastAreaFormat:        "ESME_RINVBCASTAREAFMT",
	StatusInvalidNumberOfBroadcastAreas:     "ESME_RINVNUMBCAST_AREAS",
	StatusInvalidBroadcastContentType:       "ESME_RINVBCASTCNTTYPE",
	StatusInvalidBroadcastMessageClass:      "ESME_RINVBCASTMSGCLASS",
	StatusBroadcastFailed:                   "ESME_RBCASTFAIL",
	StatusBroadcastQueryFailed:              "ESME_RBCASTQUERYFAIL",
	StatusBroadcastCancelFailed:             "ESME_RBCASTCANCELFAIL",
	StatusInvalidBroadcastRepNum:            "ESME_RINVBCAST_REP",
	StatusInvalidBroadcastServiceGroup:      "ESME_RINVBCASTSRVGRP",
	StatusInvalidBroadcastChannelIndicator:  "ESME_RINVBCASTCHANIND",
}

// String returns the name in the specification, such as "ESME_RTHROTTLED"; a status without a name comes as
// "command_status 0x0000004A", and one from the range of vendors as "vendor command_status 0x00000400".
func (s CommandStatus) String() string {
	if int64(s) < int64(len(statusNames)) && statusNames[s] != "" {
		return statusNames[s]
	}
	number := "command_status 0x" + hexDigits(uint32(s), 8)
	if s.Vendor() {
		return "vendor " + number
	}
	return number
}

// Vendor reports whether the status is of the range 0x400..0x4FF, whose meaning is up to the vendor of the MC.
// SMPP 5.0 §4.7.6; SMPP 3.4 §5.1.3.
func (s CommandStatus) Vendor() bool { return s >= 0x400 && s <= 0x4FF }

// ParseCommandStatus reads a status from its name in the specification, such as "ESME_RTHROTTLED", or from a number of
// up to eight hexadecimal digits after "0x", such as "0x58". It reports false for anything else.
func ParseCommandStatus(s string) (CommandStatus, bool) {
	if digits, ok := strings.CutPrefix(s, "0x"); ok {
		n, err := strconv.ParseUint(digits, 16, 32)
		return CommandStatus(n), err == nil && len(digits) <= 8
	}
	for status, name := range statusNames {
		if name == s && name != "" {
			return CommandStatus(status), true
		}
	}
	return 0, false
}
