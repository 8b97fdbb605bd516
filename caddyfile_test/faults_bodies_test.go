package caddyfile_test

import (
	"fmt"
	"strings"
)

// codingFaults are bodies that are not what their coding says.
func codingFaults() []faultRow {
	var rows []faultRow
	row := func(name, field, body string, token, resource wish) {
		rows = append(rows, faultRow{name: name, answer: answer{wire: sized(faultHead+"\nContent-Encoding: "+field, body)}, token: token, resource: resource, accept: "gzip, deflate, br, zstd"})
	}
	for _, cd := range codings {
		if cd.field == "" || !cd.readable {
			continue
		}
		coded := cd.encode(expiredJSON)
		row(cd.name+" cut off in the code", cd.field, coded[:len(coded)/4], byStatus, asWithout)
		if cd.name == "br" || cd.name == "zstd" { // which give a block as a whole
			row(cd.name+" cut off", cd.field, coded[:len(coded)/2], byStatus, asWithout)
		} else {
			row(cd.name+" cut off", cd.field, coded[:len(coded)/2], begun, begun)
		}
		row(cd.name+" of nothing", cd.field, "", byStatus, byStatus)
		row(cd.name+" that is none", cd.field, expiredJSON, byStatus, asWithout)
		row(cd.name+" of zeros", cd.field, strings.Repeat("\x00", 1000), byStatus, asWithout)
		row(cd.name+" of ones", cd.field, strings.Repeat("\xff", 1000), byStatus, asWithout)
		broken := []byte(coded)
		for i := len(broken) / 2; i < len(broken); i++ {
			broken[i] ^= 0x55
		}
		row(cd.name+" with wrong bits", cd.field, string(broken), byStatus, asWithout)
	}
	// In the cap, and more than the heap may grow by. Frames of gzip and zstd can follow
	// each other, so that a bomb need not go off to be built. What comes before the bomb
	// is understood, and what comes behind it is never seen.
	blank, zstd := strings.Repeat(" ", 1<<20), codings[6].encode
	bomb, blanks := strings.Repeat(gzipped(blank), 60), strings.Repeat(blank, 8)
	before, behind := gzipped(expiredJSON)+bomb, bomb+gzipped(expiredJSON)
	row("an error and a bomb in gzip", "gzip", before, understood, understood)
	row("a bomb and an error in gzip", "gzip", behind, byStatus, asWithout)
	row("an error and a bomb in a bomb", "gzip, gzip", gzipped(before), understood, understood)
	row("a bomb and an error in a bomb", "gzip, gzip", gzipped(behind), byStatus, asWithout)
	row("an error and a bomb in br", "br", brotlied(expiredJSON+blanks), understood, understood)
	row("a bomb and an error in br", "br", brotlied(blanks+expiredJSON), byStatus, asWithout)
	row("an error and a bomb in zstd", "zstd", zstd(expiredJSON)+strings.Repeat(zstd(blank), 600), understood, understood)
	row("a bomb and an error in zstd", "zstd", strings.Repeat(zstd(blank), 600)+zstd(expiredJSON), byStatus, asWithout)
	row("gzip that is zstd", "gzip", zstd(expiredJSON), byStatus, asWithout)
	// A client that asks for no coding lets the transport ask for gzip, and undo it. It
	// keeps what it gets.
	coded := gzipped(expiredJSON)
	return append(rows,
		faultRow{name: "an error and a bomb for the transport", answer: answer{wire: sized(faultHead+"\nContent-Encoding: gzip", gzipped(expiredJSON+blanks))}, token: understood, resource: understood, mebibytes: 160},
		faultRow{name: "a bomb and an error for the transport", answer: answer{wire: sized(faultHead+"\nContent-Encoding: gzip", gzipped(blanks+expiredJSON))}, token: byStatus, resource: asWithout, mebibytes: 160},
		faultRow{name: "gzip cut off for the transport", answer: answer{wire: sized(faultHead+"\nContent-Encoding: gzip", coded[:len(coded)/2])}, token: endedEarly, resource: endedEarly},
		faultRow{name: "gzip for the transport that is none", answer: answer{wire: sized(faultHead+"\nContent-Encoding: gzip", expiredJSON)}, token: endedEarly, resource: endedEarly})
}

// bodyFaults are bodies that are hard on parsers.
func bodyFaults() []faultRow {
	var rows []faultRow
	row := func(name, contentType, body string, want wish) {
		wire := sized(strings.Replace(faultHead, "application/json", contentType, 1), body)
		r := faultRow{name: name, answer: answer{wire: wire}, token: want, resource: want, site: "large"}
		if want.status == byStatus.status {
			r.resource = asWithout
		}
		rows = append(rows, r)
	}
	yaml := func(name, body string, want wish) {
		row(name, "application/yaml", body, want)
		rows[len(rows)-1].site = "accelo" // which answers in YAML
	}
	deep := func(open, middle, end string) string {
		return strings.Repeat(open, 100_000) + middle + strings.Repeat(end, 100_000)
	}
	lol := `<?xml version="1.0"?><!DOCTYPE e [<!ENTITY l0 "lol">`
	aliases := "---\nl0: &l0 [lol]\n"
	for i := range 9 {
		lol += fmt.Sprintf(`<!ENTITY l%d "%s">`, i+1, strings.Repeat(fmt.Sprintf("&l%d;", i), 10))
		aliases += fmt.Sprintf("l%d: &l%d [%s*l%d]\n", i+1, i+1, strings.Repeat(fmt.Sprintf("*l%d, ", i), 9), i)
	}

	row("JSON of 100000 arrays", jsonType, deep("[", "", "]"), byStatus)
	row("JSON of 100000 objects", jsonType, deep(`{"a":`, "1", "}"), byStatus)
	row("JSON with 100000 arrays in it", jsonType, `{"error":"invalid_grant","x":`+deep("[", "", "]")+"}", byStatus)
	row("JSON that never ends", jsonType, strings.Repeat("[", 1<<20), byStatus)
	row("JSON of 200000 members", jsonType, `{"error":"invalid_grant"`+strings.Repeat(`,"a":1`, 200_000)+"}", recognized)
	row("JSON with a code of 1 MiB", jsonType, `{"error":"`+strings.Repeat("a", 1<<20)+`"}`, byStatus)
	row("JSON with a number of 1 MiB", jsonType, `{"error":`+strings.Repeat("9", 1<<20)+`}`, byStatus)
	row("JSON with a description of 1 MiB", jsonType, `{"error":"invalid_grant","error_description":"`+strings.Repeat("a", 1<<20)+`"}`, recognized)
	row("JSON with a description of 1 MiB of escapes", jsonType, `{"error":"invalid_grant","error_description":"`+strings.Repeat(`\u0000`, 1<<20/6)+`"}`, recognized)
	row("JSON with line ends in it", jsonType, `{"error":"invalid_grant","error_description":"a\r\nSet-Cookie: a=b\r\n\r\n"}`, recognized)
	row("JSON that is no UTF-8", jsonType, "{\"error\":\"invalid_grant\",\"error_description\":\"\xff\xfe\xc0\x80\xed\xa0\x80\"}", recognized)
	row("JSON with half of a surrogate", jsonType, `{"error":"invalid_grant","error_description":"\ud800"}`, recognized)
	row("JSON with a code that is no UTF-8", jsonType, "{\"error\":\"\xff\xfe\"}", described("y?"))
	row("JSON with zeros", jsonType, "{\"error\":\"invalid_grant\x00\"}", byStatus)
	row("XML with entities of entities", "text/xml", lol+"]><e><error>&l9;</error></e>", byStatus)
	row("XML with a file", "text/xml", `<!DOCTYPE e [<!ENTITY x SYSTEM "file:///etc/passwd">]><e><error>&x;</error></e>`, byStatus)
	row("XML with one long entity, often", "text/xml", `<!DOCTYPE e [<!ENTITY x "`+strings.Repeat("x", 50_000)+`">]><e><error>`+strings.Repeat("&x;", 50_000)+"</error></e>", byStatus)
	row("XML of 100000 elements", "text/xml", deep("<a>", "1", "</a>"), byStatus)
	row("XML that never ends", "text/xml", strings.Repeat("<a>", 1<<18), byStatus)
	row("XML with 100000 attributes", "text/xml", "<e "+strings.Repeat(`a="1" `, 100_000)+"/>", byStatus)
	row("HTML of 100000 elements", "text/html", deep("<div>", "1", "</div>"), byStatus)
	row("HTML with 100000 attributes", "text/html", "<html "+strings.Repeat(`a="1" `, 100_000)+">", byStatus)
	yaml("YAML as it should be", "---\nmeta:\n  status: invalid_grant\n  message: The code has expired.\n", understood)
	yaml("YAML with aliases of aliases", aliases, byStatus)
	yaml("YAML of 100000 arrays", deep("[", "", "]"), byStatus)
	yaml("YAML of 100000 lines", "---\nerror: invalid_grant\n"+strings.Repeat("a: 1\n", 100_000), byStatus)
	yaml("YAML of indentation", "---\n"+strings.Repeat(" ", 1<<20)+"a: 1\n", byStatus)
	row("a form of 100000 parameters", "application/x-www-form-urlencoded", "error=invalid_grant"+strings.Repeat("&a=1", 100_000), byStatus)
	row("text of zeros", "text/plain", strings.Repeat("\x00", 1<<20), byStatus)
	row("text in a charset that is none", "text/plain; charset="+strings.Repeat("x", 1000), "error", described("error"))
	row("UTF-32 that is cut off", "application/json; charset=utf-32", "\x00\x00\xfe\xff\x00", byStatus)
	return rows
}
