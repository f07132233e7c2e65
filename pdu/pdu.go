package pdu

// HeaderLen is the size of the header of every PDU in octets: command_length, command_id, command_status and
// sequence_number, four octets each. SMPP 5.0 §3.2.1.
const HeaderLen = 16

// Header is the header of a PDU without its command_length, which follows from the body. SMPP 5.0 §3.2.1.
type Header struct {
	ID     CommandID     // command_id; may be zero when encoding a PDU with a body, which tells it
	Status CommandStatus // command_status; zero in requests
	Seq    uint32        // sequence_number, 1..0x7FFFFFFF; decoding accepts every value
}

// PDU is a protocol data unit: a header and the body that goes with it.
//
// The strings and slices of a decoded PDU point into one copy of its octets: one that is kept keeps all of them alive.
// See the section on memory in the documentation of the package.
type PDU struct {
	Header
	Body     Body      // nil where the wire has none, as in most error responses
	Warnings []Warning // what decoding tolerated, at most 16; nil when nothing, ignored when encoding
}

// Body is the part of a PDU after the header. It is implemented by the body types of this package and by nothing else;
// [Raw] stands for commands that the package does not know. Its strings and slices are to be cloned by those who keep
// some of them and not the PDU; see [PDU].
type Body interface {
	// CommandID returns the command_id that the body belongs to.
	CommandID() CommandID
	// fields lists the wire fields of the body, once and in order; see codec.
	fields(c *codec)
}

// RequestOf is implemented by the bodies of requests that have a response; R is the body of that response. It lets
// the compiler pair *SubmitSM with *SubmitSMResp.
type RequestOf[R Body] interface {
	Body
	// Resp returns a new, empty body of the response.
	Resp() R
}

// Version is a protocol version, with the value that interface_version has in a bind. SMPP 5.0 §4.7.13.
type Version uint8

// Protocol versions.
const (
	V33 Version = 0x33 // SMPP 3.3; values below it mean 3.3 or earlier as well
	V34 Version = 0x34 // SMPP 3.4
	V50 Version = 0x50 // SMPP 5.0
)
