package tlv

import "github.com/smpp-go/smpp/pdu"

// Where a message comes from and goes to.
var (
	// DestAddrSubunit is dest_addr_subunit, the part of the handset that the message is for. SMPP 5.0 §4.8.4.23;
	// SMPP 3.4 §5.3.2.1.
	DestAddrSubunit pdu.Key[pdu.AddrSubunit] = pdu.IntKey[pdu.AddrSubunit](pdu.TagDestAddrSubunit)

	// SourceAddrSubunit is source_addr_subunit, the part of the handset that the message comes from.
	// SMPP 5.0 §4.8.4.54; SMPP 3.4 §5.3.2.2.
	SourceAddrSubunit pdu.Key[pdu.AddrSubunit] = pdu.IntKey[pdu.AddrSubunit](pdu.TagSourceAddrSubunit)

	// DestNetworkType is dest_network_type, the network of the destination. SMPP 5.0 §4.8.4.26; SMPP 3.4 §5.3.2.3.
	DestNetworkType pdu.Key[pdu.NetworkType] = pdu.IntKey[pdu.NetworkType](pdu.TagDestNetworkType)

	// SourceNetworkType is source_network_type, the network of the source. SMPP 5.0 §4.8.4.57; SMPP 3.4 §5.3.2.4.
	SourceNetworkType pdu.Key[pdu.NetworkType] = pdu.IntKey[pdu.NetworkType](pdu.TagSourceNetworkType)

	// DestBearerType is dest_bearer_type, the bearer towards the destination. SMPP 5.0 §4.8.4.24; SMPP 3.4 §5.3.2.5.
	DestBearerType pdu.Key[pdu.BearerType] = pdu.IntKey[pdu.BearerType](pdu.TagDestBearerType)

	// SourceBearerType is source_bearer_type, the bearer that the message came over. SMPP 5.0 §4.8.4.55;
	// SMPP 3.4 §5.3.2.6.
	SourceBearerType pdu.Key[pdu.BearerType] = pdu.IntKey[pdu.BearerType](pdu.TagSourceBearerType)

	// DestTelematicsID is dest_telematics_id, the telematic interworking of the destination: by SMPP 5.0 the
	// protocol_id of GSM in the upper octet, zero in the lower. SMPP 5.0 §4.8.4.29; SMPP 3.4 §5.3.2.7.
	DestTelematicsID pdu.Key[uint16] = pdu.IntKey[uint16](pdu.TagDestTelematicsID)

	// SourceTelematicsID is source_telematics_id, the telematic interface that the message came over, in one octet. Get
	// also reads the two octets that others send, as one number; Set refuses a number above 255. SMPP 5.0 §4.8.4.61;
	// SMPP 3.4 §5.3.2.8.
	SourceTelematicsID pdu.Key[uint16] = pdu.NewKey(pdu.TagSourceTelematicsID, parseTelematics, appendTelematics)

	// SourceNetworkID is source_network_id, the operator of the source, 6 to 64 characters; source_node_id goes with
	// it. SMPP 5.0 §4.8.4.56.
	SourceNetworkID pdu.Key[string] = pdu.CStringKey(pdu.TagSourceNetworkID, 65)

	// DestNetworkID is dest_network_id, the operator of the destination, 6 to 64 characters; dest_node_id goes with it.
	// SMPP 5.0 §4.8.4.25.
	DestNetworkID pdu.Key[string] = pdu.CStringKey(pdu.TagDestNetworkID, 65)

	// SourceNodeID is source_node_id, the node of the source, 6 decimal digits. SMPP 5.0 §4.8.4.58.
	SourceNodeID pdu.Key[string] = digitsKey(pdu.TagSourceNodeID, 6)

	// DestNodeID is dest_node_id, the node of the destination, 6 decimal digits. SMPP 5.0 §4.8.4.27.
	DestNodeID pdu.Key[string] = digitsKey(pdu.TagDestNodeID, 6)

	// DestAddrNPResolution is dest_addr_np_resolution, whether number portability was looked up. SMPP 5.0 §4.8.4.22.
	DestAddrNPResolution pdu.Key[pdu.DestAddrNPResolution] = pdu.IntKey[pdu.DestAddrNPResolution](
		pdu.TagDestAddrNPResolution,
	)

	// DestAddrNPInformation is dest_addr_np_information, the location routing number, 10 decimal digits.
	// SMPP 5.0 §4.8.4.21.
	DestAddrNPInformation pdu.Key[string] = digitsKey(pdu.TagDestAddrNPInformation, 10)

	// DestAddrNPCountry is dest_addr_np_country, the country code, by E.164, of the operator. The document calls it an
	// integer of up to five octets, so its digits are not interpreted here. Get does not copy. SMPP 5.0 §4.8.4.20.
	DestAddrNPCountry pdu.Key[[]byte] = pdu.OctetsKey(pdu.TagDestAddrNPCountry, 1, 5)

	// SourceSubaddress is source_subaddress, the subaddress of the source. SMPP 5.0 §4.8.4.60; SMPP 3.4 §5.3.2.15.
	SourceSubaddress pdu.Key[pdu.Subaddress] = pdu.NewKey(
		pdu.TagSourceSubaddress, pdu.ParseSubaddress, pdu.Subaddress.AppendBinary,
	)

	// DestSubaddress is dest_subaddress, the subaddress of the destination. SMPP 5.0 §4.8.4.28; SMPP 3.4 §5.3.2.16.
	DestSubaddress pdu.Key[pdu.Subaddress] = pdu.NewKey(
		pdu.TagDestSubaddress, pdu.ParseSubaddress, pdu.Subaddress.AppendBinary,
	)

	// SourcePort is source_port, the application port of the source. SMPP 5.0 §4.8.4.59; SMPP 3.4 §5.3.2.20.
	SourcePort pdu.Key[uint16] = pdu.IntKey[uint16](pdu.TagSourcePort)

	// DestinationPort is destination_port, the application port of the destination, dest_port in SMPP 5.0.
	// SMPP 5.0 §4.8.4.30; SMPP 3.4 §5.3.2.21.
	DestinationPort pdu.Key[uint16] = pdu.IntKey[uint16](pdu.TagDestinationPort)
)
