package pdu

// BindTransmitter asks to bind an ESME that submits messages. The MC answers with [BindTransmitterResp].
//
// AddrTON, AddrNPI and AddressRange mean nothing for a transmitter and are best left empty. An InterfaceVersion below
// V34, zero among them, stands for SMPP 3.3.
//
// SMPP 5.0 §4.1.1.1; SMPP 3.4 §4.1.1.
type BindTransmitter struct {
	SystemID         string   // who binds; at most 15 characters
	Password         Password // at most 8 characters, unless [Limits] say more
	SystemType       string   // kind of system, by agreement; at most 12 characters
	InterfaceVersion Version  // the version the ESME speaks
	AddrTON          TON      // of AddressRange
	AddrNPI          NPI      // of AddressRange
	AddressRange     string   // addresses the ESME serves, as a regular expression; at most 40 characters
	TLVs             TLVs
}

// CommandID returns CommandBindTransmitter.
func (*BindTransmitter) CommandID() CommandID { return CommandBindTransmitter }

// Resp returns a new, empty response body.
func (*BindTransmitter) Resp() *BindTransmitterResp { return new(BindTransmitterResp) }

// The three binds differ by their command alone, and so do their responses: the walks of the transmitter serve all.
func (p *BindTransmitter) fields(c *codec) {
	c.systemID(&p.SystemID, StatusInvalidSystemID)
	c.password(tolerateLong, &p.Password)
	c.cstring("system_type", &p.SystemType, 13, StatusInvalidSystemType)
	octet(c, "interface_version", &p.InterfaceVersion, StatusBindFailed)
	octet(c, "addr_ton", &p.AddrTON, StatusBindFailed)
	octet(c, "addr_npi", &p.AddrNPI, StatusBindFailed)
	c.cstringWith(tolerateNoNUL, "address_range", &p.AddressRange, 41, StatusBindFailed)
	c.tlvs(&p.TLVs)
}

// BindTransmitterResp answers [BindTransmitter]. The sc_interface_version TLV tells the version that the MC speaks;
// without it the MC may know no TLVs.
//
// SMPP 5.0 §4.1.1.2; SMPP 3.4 §4.1.2.
type BindTransmitterResp struct {
	SystemID string // who the MC is; at most 15 characters
	TLVs     TLVs
}

// CommandID returns CommandBindTransmitterResp.
func (*BindTransmitterResp) CommandID() CommandID { return CommandBindTransmitterResp }

func (p *BindTransmitterResp) fields(c *codec) {
	c.systemID(&p.SystemID, StatusOK)
	c.tlvs(&p.TLVs)
}

// BindReceiver asks to bind an ESME that is delivered messages. The MC answers with [BindReceiverResp]. The fields are
// those of [BindTransmitter], and the types convert into each other.
//
// SMPP 5.0 §4.1.1.3; SMPP 3.4 §4.1.3.
type BindReceiver struct {
	SystemID         string   // who binds; at most 15 characters
	Password         Password // at most 8 characters, unless [Limits] say more
	SystemType       string   // kind of system, by agreement; at most 12 characters
	InterfaceVersion Version  // the version the ESME speaks
	AddrTON          TON      // of AddressRange
	AddrNPI          NPI      // of AddressRange
	AddressRange     string   // addresses the ESME serves, as a regular expression; at most 40 characters
	TLVs             TLVs
}

// CommandID returns CommandBindReceiver.
func (*BindReceiver) CommandID() CommandID { return CommandBindReceiver }

// Resp returns a new, empty response body.
func (*BindReceiver) Resp() *BindReceiverResp { return new(BindReceiverResp) }

func (p *BindReceiver) fields(c *codec) { (*BindTransmitter)(p).fields(c) }

// BindReceiverResp answers [BindReceiver]; see [BindTransmitterResp].
//
// SMPP 5.0 §4.1.1.4; SMPP 3.4 §4.1.4.
type BindReceiverResp struct {
	SystemID string // who the MC is; at most 15 characters
	TLVs     TLVs
}

// CommandID returns CommandBindReceiverResp.
func (*BindReceiverResp) CommandID() CommandID { return CommandBindReceiverResp }

func (p *BindReceiverResp) fields(c *codec) { (*BindTransmitterResp)(p).fields(c) }

// BindTransceiver asks to bind an ESME that submits messages and is delivered messages. The MC answers with
// [BindTransceiverResp]. The fields are those of [BindTransmitter], and the types convert into each other.
//
// SMPP 5.0 §4.1.1.5; SMPP 3.4 §4.1.5.
type BindTransceiver struct {
	SystemID         string   // who binds; at most 15 characters
	Password         Password // at most 8 characters, unless [Limits] say more
	SystemType       string   // kind of system, by agreement; at most 12 characters
	InterfaceVersion Version  // the version the ESME speaks
	AddrTON          TON      // of AddressRange
	AddrNPI          NPI      // of AddressRange
	AddressRange     string   // addresses the ESME serves, as a regular expression; at most 40 characters
	TLVs             TLVs
}

// CommandID returns CommandBindTransceiver.
func (*BindTransceiver) CommandID() CommandID { return CommandBindTransceiver }

// Resp returns a new, empty response body.
func (*BindTransceiver) Resp() *BindTransceiverResp { return new(BindTransceiverResp) }

func (p *BindTransceiver) fields(c *codec) { (*BindTransmitter)(p).fields(c) }

// BindTransceiverResp answers [BindTransceiver]; see [BindTransmitterResp].
//
// SMPP 5.0 §4.1.1.6; SMPP 3.4 §4.1.6.
type BindTransceiverResp struct {
	SystemID string // who the MC is; at most 15 characters
	TLVs     TLVs
}

// CommandID returns CommandBindTransceiverResp.
func (*BindTransceiverResp) CommandID() CommandID { return CommandBindTransceiverResp }

func (p *BindTransceiverResp) fields(c *codec) { (*BindTransmitterResp)(p).fields(c) }
