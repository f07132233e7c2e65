package pdu

// fieldKind is the type that the specification gives a field.
type fieldKind uint8

const (
	fieldInteger fieldKind = iota
	fieldCString           // C-octet string
	fieldOctets            // octet string, counted by another field
	fieldList              // counted list of elements
	fieldCase              // inside an element: the fields that follow belong to one value of the selector
	fieldTLVs              // the optional part
)

// fieldSpec is what a walk in modeDescribe tells of a field. The tests hold it against the tables of the
// specification.
type fieldSpec struct {
	name      string
	kind      fieldKind
	size      int    // largest size on the wire; of fieldCase the value of the selector
	sizes     []int  // when set, the only sizes permitted
	least     int    // smallest value of an integer
	most      int    // largest value of an integer; zero when all are permitted
	countedBy string // the field that tells the number of octets or elements
	status    CommandStatus
	element   []fieldSpec // of a list
}

// describe lists the fields of the body for a version.
func describe(b Body, v Version) []fieldSpec {
	k := Codec{Version: v}
	c := codec{mode: modeDescribe, ver: k.version(), notes: new(notes)}
	b.fields(&c)
	return c.notes.specs
}

// fieldValue is what a walk in modeShow tells of a field.
type fieldValue struct {
	name    string
	value   any
	status  CommandStatus // answers a value that is not acceptable
	list    string        // the list that the field is in, and the place of its element there
	index   int
	derived bool // a length or a count
	secret  bool // octets that may hold anything, credentials among them
}

// show lists the values of the fields of the body, and its TLVs.
func show(b Body) ([]fieldValue, TLVs) {
	c := codec{mode: modeShow, ver: V50, notes: new(notes)}
	b.fields(&c)
	return c.notes.values, c.notes.tlvs
}
