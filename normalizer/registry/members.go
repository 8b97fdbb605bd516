package registry

import (
	"net/http"
	"strings"
)

// The names of members that servers without a mapping use for the code and the text of an
// error. They are folded: without case, `-` and `_` (see [FoldName]).

// texts ranks the members that hold a text for people: of several the lowest number is
// taken. Texts for developers come before texts for users, since error_description is
// meant for them (RFC 6749 §5.2).
var texts = []string{
	"errordescription",
	"detail", "details", "messagedetail", "developermessage", "diagnostics",
	"message", "msg", "errormessage", "errormsg", "errmsg", "errmessage", "errorsummary", "faultstring", "resultmsg", "resultmessage",
	"responsemessage", "statusmessage", "errordetails", "errordetail", "errorstring", "errortext",
	"description", "text", "reason", "usermessage", "friendlymessage", "displaymessage", "localizedmessage", "errorusermsg",
	"info", "summary", "title", "cause", "value", "nonfielderrors", "h1", "p", "en",
}

// CodeNames is the lowest rank of a member that holds nothing but a code: see [Member].
const CodeNames = len(codeNames)

// codeNames are the members that hold nothing but a code for programs.
var codeNames = [...]string{
	"error", "err", "errorcode", "code", "errcode", "ecode", "errorsubcode", "subcode", "substatus", "errorkey", "errorid", "errortype", "exceptioncode",
}

// codes ranks the members that hold a code for programs.
var codes = append(codeNames[:len(codeNames):len(codeNames)],
	"type", "reason", "name", "status", "key", "faultcode", "resultcode", "responsecode", "returncode", "statuscode", "category",
)

// joined are the members whose text follows the text of another member: a reason after a
// fixed sentence.
var joined = []string{"hint", "errorhint"}

// containers are the members that hold an error, or a list of some, and the envelopes
// around them.
var containers = []string{
	"error", "errors", "err", "fault", "detail", "details", "message", "messages", "meta", "status", "issue", "issues", "tppmessages", "violations",
	"errormodel", "innererror", "extensions", "odataerror", "errorresponse", "fielderrors", "validationerrors", "invalidparams",
	"data", "result", "response", "body", "payload", "d", "root", "ocs", "exception", "coding", "header", "code", "subcode", "reason", "messagetranslations",
}

// hidden are the members that are never shown: dumps of programs, places, times, ids, and
// values that the client sent.
var hidden = []string{
	"trace", "stack", "stacktrace", "backtrace", "traces", "rootcause", "exceptionclass", "exceptiontype", "exceptionmessage", "innerexception",
	"debugmessage", "debug", "errordebug", "sql", "query", "file", "line", "target", "source", "path", "url", "uri", "instance", "method", "host", "hostname",
	"server", "timestamp", "datetime", "date", "time", "version", "apiversion", "requestid", "traceid", "correlationid", "incidentid", "ray", "node",
	"input", "ctx", "loc", "rejectedvalue", "parameters", "args", "user", "email", "username", "login", "ip", "tenant", "config", "request", "headers", "cookies",
}

// Member says whether a member may hold a code or a text, by its name.
type Member struct {
	Text, Code int // the rank among the members with texts and codes, from 1; 0 for neither
	Joined     bool
	Container  bool
	Hidden     bool
}

// members has an entry for each folded name of a member.
var members = func() map[string]Member {
	all := make(map[string]Member)
	for _, list := range []struct {
		names []string
		note  func(m *Member, rank int)
	}{
		{texts, func(m *Member, rank int) { m.Text = rank }},
		{codes, func(m *Member, rank int) { m.Code = rank }},
		{joined, func(m *Member, _ int) { m.Joined = true }},
		{containers, func(m *Member, _ int) { m.Container = true }},
		{hidden, func(m *Member, _ int) { m.Hidden = true }},
	} {
		for i, name := range list.names {
			m := all[name]
			list.note(&m, i+1)
			all[name] = m
		}
	}
	return all
}()

// LookupMember returns the entry of a member. The name is folded.
func LookupMember(folded []byte) Member { return members[string(folded)] }

// FoldName returns a name in lower case (ASCII), with letters and digits only. It appends
// to dst, so that a caller with a buffer on its stack allocates nothing.
func FoldName(dst []byte, name string) []byte {
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case 'A' <= c && c <= 'Z':
			dst = append(dst, c+'a'-'A')
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c >= 0x80:
			dst = append(dst, c)
		}
	}
	return dst
}

// phrases are texts that say no more than a status does: the reason phrases of HTTP, and
// words that every error is called by. They are folded as names are.
var phrases = func() map[string]bool {
	all := make(map[string]bool)
	for _, phrase := range []string{"error", "errors", "fail", "failed", "failure", "exception", "anerroroccurred", "anerrorhasoccurred", "oops", "whoops", "whitelabelerrorpage", "statusreport", "exceptionreport",
		"accessdenied", "authorizationrequired", "unauthorised", "unprocessableentity", "requestentitytoolarge", "notok", "ko", "false", "true", "aboutblank"} {
		all[phrase] = true
	}
	for status := 400; status < 600; status++ {
		if text := http.StatusText(status); text != "" {
			all[string(FoldName(nil, text))] = true
		}
	}
	return all
}()

// longestPhrase is more than the longest phrase has, in bytes.
const longestPhrase = 40

// IsPhrase reports whether a text is only the phrase of a status, such as "403
// Forbidden".
func IsPhrase(text string) bool {
	text = strings.TrimSpace(text)
	if len(text) >= longestPhrase {
		return false
	}
	var buf [longestPhrase]byte
	folded := FoldName(buf[:0], text)
	for len(folded) > 0 && '0' <= folded[0] && folded[0] <= '9' {
		folded = folded[1:]
	}
	return len(folded) == 0 || phrases[string(folded)]
}
