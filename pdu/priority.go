package pdu

import "strconv"

// PriorityFlag is priority_flag, the level of a message. What a level means is up to the network:
//
//	level  GSM           ANSI-136     IS-95        ANSI-41 CBS  GSM CBS
//	0      non-priority  bulk         normal       normal       normal
//	1      priority      normal       interactive  interactive  immediate broadcast
//	2      priority      urgent       urgent       urgent       high priority
//	3      priority      very urgent  emergency    emergency    reserved
//	4                                                           priority background
//
// SMPP 5.0 §4.7.19; SMPP 3.4 §5.2.14.
type PriorityFlag uint8

// Levels of priority. SMPP 3.3 has the first two, SMPP 3.4 the first four, SMPP 5.0 all.
const (
	Priority0 PriorityFlag = 0 // lowest; the default
	Priority1 PriorityFlag = 1
	Priority2 PriorityFlag = 2
	Priority3 PriorityFlag = 3 // highest
	Priority4 PriorityFlag = 4 // cell broadcast only: background
)

// In reports whether version v has the level; v counts as [Version.Floor] says.
func (p PriorityFlag) In(v Version) bool {
	switch v.Floor() {
	case V33:
		return p <= Priority1
	case V34:
		return p <= Priority3
	}
	return p <= Priority4
}

// String returns the level as a number, since its name depends on the network.
func (p PriorityFlag) String() string { return strconv.Itoa(int(p)) }
