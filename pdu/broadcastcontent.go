package pdu

import "encoding/binary"

// BroadcastContentNetwork is the first octet of a [BroadcastContentType]: which network defines the content types.
type BroadcastContentNetwork uint8

// Networks. All other values are reserved.
const (
	BroadcastNetworkGeneric BroadcastContentNetwork = 0 // the contents listed below
	BroadcastNetworkGSM     BroadcastContentNetwork = 1 // message identifiers of 3GPP TS 23.041
	BroadcastNetworkTDMA    BroadcastContentNetwork = 2 // IS-824, ANSI-41
	BroadcastNetworkCDMA    BroadcastContentNetwork = 3 // IS-824, IS-637
)

var broadcastContentNetworkNames = [...]string{
	BroadcastNetworkGeneric: "generic",
	BroadcastNetworkGSM:     "GSM",
	BroadcastNetworkTDMA:    "TDMA",
	BroadcastNetworkCDMA:    "CDMA",
}

// String returns the name of the value, or the number of a reserved one.
func (v BroadcastContentNetwork) String() string { return enumName(v, broadcastContentNetworkNames[:]) }

// BroadcastContent is what a broadcast is about; the constants hold for BroadcastNetworkGeneric.
type BroadcastContent uint16

// Generic contents. All other values are reserved.
const (
	BroadcastContentIndex                           BroadcastContent = 0x0000 // index
	BroadcastContentEmergency                       BroadcastContent = 0x0001 // emergency broadcasts
	BroadcastContentIRDBDownload                    BroadcastContent = 0x0002 // IRDB download
	BroadcastContentNewsFlashes                     BroadcastContent = 0x0010 // news flashes
	BroadcastContentLocalNews                       BroadcastContent = 0x0011 // general news, local
	BroadcastContentRegionalNews                    BroadcastContent = 0x0012 // general news, regional
	BroadcastContentNationalNews                    BroadcastContent = 0x0013 // general news, national
	BroadcastContentInternationalNews               BroadcastContent = 0x0014 // general news, international
	BroadcastContentLocalBusinessNews               BroadcastContent = 0x0015 // business news, local
	BroadcastContentRegionalBusinessNews            BroadcastContent = 0x0016 // business news, regional
	BroadcastContentNationalBusinessNews            BroadcastContent = 0x0017 // business news, national
	BroadcastContentInternationalBusinessNews       BroadcastContent = 0x0018 // business news, international
	BroadcastContentLocalSportsNews                 BroadcastContent = 0x0019 // sports news, local
	BroadcastContentRegionalSportsNews              BroadcastContent = 0x001A // sports news, regional
	BroadcastContentNationalSportsNews              BroadcastContent = 0x001B // sports news, national
	BroadcastContentInternationalSportsNews         BroadcastContent = 0x001C // sports news, international
	BroadcastContentLocalEntertainmentNews          BroadcastContent = 0x001D // entertainment news, local
	BroadcastContentRegionalEntertainmentNews       BroadcastContent = 0x001E // entertainment news, regional
	BroadcastContentNationalEntertainmentNews       BroadcastContent = 0x001F // entertainment news, national
	BroadcastContentInternationalEntertainmentNews  BroadcastContent = 0x0020 // entertainment news, international
	BroadcastContentMedical                         BroadcastContent = 0x0021 // medical, health, hospitals
	BroadcastContentDoctors                         BroadcastContent = 0x0022 // doctors
	BroadcastContentPharmacy                        BroadcastContent = 0x0023 // pharmacy
	BroadcastContentLocalTraffic                    BroadcastContent = 0x0030 // local traffic
	BroadcastContentLongDistanceTraffic             BroadcastContent = 0x0031 // long distance traffic
	BroadcastContentTaxis                           BroadcastContent = 0x0032 // taxis
	BroadcastContentWeather                         BroadcastContent = 0x0033 // weather
	BroadcastContentLocalAirportSchedules           BroadcastContent = 0x0034 // local airport schedules
	BroadcastContentRestaurants                     BroadcastContent = 0x0035 // restaurants
	BroadcastContentLodgings                        BroadcastContent = 0x0036 // lodgings
	BroadcastContentRetailDirectory                 BroadcastContent = 0x0037 // retail directory
	BroadcastContentAdvertisements                  BroadcastContent = 0x0038 // advertisements
	BroadcastContentStockQuotes                     BroadcastContent = 0x0039 // stock quotes
	BroadcastContentEmployment                      BroadcastContent = 0x0040 // employment
	BroadcastContentTechnologyNews                  BroadcastContent = 0x0041 // technology news
	BroadcastContentDistrict                        BroadcastContent = 0x0070 // district (base station)
	BroadcastContentNetworkInformation              BroadcastContent = 0x0071 // network information
	BroadcastContentOperatorServices                BroadcastContent = 0x0080 // operator services
	BroadcastContentNationalDirectoryEnquiries      BroadcastContent = 0x0081 // directory enquiries, national
	BroadcastContentInternationalDirectoryEnquiries BroadcastContent = 0x0082 // directory enquiries, international
	BroadcastContentNationalCustomerCare            BroadcastContent = 0x0083 // customer care, national
	BroadcastContentInternationalCustomerCare       BroadcastContent = 0x0084 // customer care, international
	BroadcastContentLocalDateTime                   BroadcastContent = 0x0085 // local date, time, time zone
	BroadcastContentMultiCategory                   BroadcastContent = 0x0100 // multi category
)

var broadcastContentNames = [...]string{
	BroadcastContentIndex:                           "index",
	BroadcastContentEmergency:                       "emergency broadcasts",
	BroadcastContentIRDBDownload:                    "IRDB download",
	BroadcastContentNewsFlashes:                     "news flashes",
	BroadcastContentLocalNews:                       "general news, local",
	BroadcastContentRegionalNews:                    "general news, regional",
	BroadcastContentNationalNews:                    "general news, national",
	BroadcastContentInternationalNews:               "general news, international",
	BroadcastContentLocalBusinessNews:               "business news, local",
	BroadcastContentRegionalBusinessNews:            "business news, regional",
	BroadcastContentNationalBusinessNews:            "business news, national",
	BroadcastContentInternationalBusinessNews:       "business news, international",
	BroadcastContentLocalSportsNews:                 "sports news, local",
	BroadcastContentRegionalSportsNews:              "sports news, regional",
	BroadcastContentNationalSportsNews:              "sports news, national",
	BroadcastContentInternationalSportsNews:         "sports news, international",
	BroadcastContentLocalEntertainmentNews:          "entertainment news, local",
	BroadcastContentRegionalEntertainmentNews:       "entertainment news, regional",
	BroadcastContentNationalEntertainmentNews:       "entertainment news, national",
	BroadcastContentInternationalEntertainmentNews:  "entertainment news, international",
	BroadcastContentMedical:                         "medical, health, hospitals",
	BroadcastContentDoctors:                         "doctors",
	BroadcastContentPharmacy:                        "pharmacy",
	BroadcastContentLocalTraffic:                    "local traffic",
	BroadcastContentLongDistanceTraffic:             "long distance traffic",
	BroadcastContentTaxis:                           "taxis",
	BroadcastContentWeather:                         "weather",
	BroadcastContentLocalAirportSchedules:           "local airport schedules",
	BroadcastContentRestaurants:                     "restaurants",
	BroadcastContentLodgings:                        "lodgings",
	BroadcastContentRetailDirectory:                 "retail directory",
	BroadcastContentAdvertisements:                  "advertisements",
	BroadcastContentStockQuotes:                     "stock quotes",
	BroadcastContentEmployment:                      "employment",
	BroadcastContentTechnologyNews:                  "technology news",
	BroadcastContentDistrict:                        "district (base station)",
	BroadcastContentNetworkInformation:              "network information",
	BroadcastContentOperatorServices:                "operator services",
	BroadcastContentNationalDirectoryEnquiries:      "directory enquiries, national",
	BroadcastContentInternationalDirectoryEnquiries: "directory enquiries, international",
	BroadcastContentNationalCustomerCare:            "customer care, national",
	BroadcastContentInternationalCustomerCare:       "customer care, international",
	BroadcastContentLocalDateTime:                   "local date, time, time zone",
	BroadcastContentMultiCategory:                   "multi category",
}

// String returns the name of a generic content, or the number of a reserved one. It is wrong for other networks; see
// [BroadcastContentType.String].
func (v BroadcastContent) String() string {
	if int(v) < len(broadcastContentNames) && broadcastContentNames[v] != "" {
		return broadcastContentNames[v]
	}
	return "0x" + hexDigits(uint32(v), 4)
}

// BroadcastContentType is the value of broadcast_content_type, three octets. SMPP 5.0 §4.8.4.8.
type BroadcastContentType struct {
	Network BroadcastContentNetwork
	Content BroadcastContent
}

// ParseBroadcastContentType reads three octets.
func ParseBroadcastContentType(b []byte) (BroadcastContentType, error) {
	if len(b) != 3 {
		return BroadcastContentType{}, &lengthError{len(b), 3, 3}
	}
	return BroadcastContentType{BroadcastContentNetwork(b[0]), BroadcastContent(binary.BigEndian.Uint16(b[1:]))}, nil
}

// AppendBinary appends three octets to b. The error is always nil.
func (v BroadcastContentType) AppendBinary(b []byte) ([]byte, error) {
	return append(b, byte(v.Network), byte(v.Content>>8), byte(v.Content)), nil
}

// String returns network and content, such as "generic: weather" or "GSM: 0x1112".
func (v BroadcastContentType) String() string {
	content := v.Content.String()
	if v.Network != BroadcastNetworkGeneric {
		content = "0x" + hexDigits(uint32(v.Content), 4)
	}
	return v.Network.String() + ": " + content
}
