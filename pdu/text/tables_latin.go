package text

// National language tables of Turkish, Spanish and Portuguese. 3GPP TS 23.038 §A.2 and §A.3.

// Turkish, language 1.
const (
	turkishLocking = "" +
		"@£$¥€éùıòÇ\nĞğ\rÅå" +
		"Δ_ΦΓΛΩΠΨΣΘΞ\x1bŞşßÉ" +
		" !\"#¤%&'()*+,-./" +
		"0123456789:;<=>?" +
		"İABCDEFGHIJKLMNO" +
		"PQRSTUVWXYZÄÖÑÜ§" +
		"çabcdefghijklmno" +
		"pqrstuvwxyzäöñüà"

	turkishSingle = "" +
		"\n\f\x14^({)}/\\<[=~>]" +
		"@|GĞIİSŞcçe€gğiı" +
		"sş"
)

// Spanish, language 2.
const (
	spanishSingle = "" +
		"\x09ç\n\f\x14^({)}/\\" +
		"<[=~>]@|AÁIÍOÓ" +
		"UÚaáe€iíoóuú"
)

// Portuguese, language 3.
const (
	portugueseLocking = "" +
		"@£$¥êéúíóç\nÔô\rÁá" +
		"Δ_ªÇÀ∞^\\€Ó|\x1bÂâÊÉ" +
		" !\"#º%&'()*+,-./" +
		"0123456789:;<=>?" +
		"ÍABCDEFGHIJKLMNO" +
		"PQRSTUVWXYZÃÕÚÜ§" +
		"~abcdefghijklmno" +
		"pqrstuvwxyzãõ`üà"

	portugueseSingle = "" +
		"\x05ê\x09ç\n\f\x0bÔ\fô\x0eÁ\x0fá" +
		"\x12Φ\x13Γ\x14^\x15Ω\x16Π\x17Ψ\x18Σ\x19Θ\x1fÊ" +
		"({)}/\\<[=~>]" +
		"@|AÀIÍOÓUÚ[Ã\\Õ" +
		"aÂe€iíoóuú{ã|õ\u007Fâ"
)
