package wire

import "strings"

// guards keep a script element of another site from running JSON. The last one is
// Xiaomi's.
var guards = []string{")]}',", ")]}'", "while(1);", "while (1);", "for(;;);", "for (;;);", "&&&START&&&"}

// mayBeScript reports whether a body of that type may be JSON in a wrapping: any
// type for scripts, JSON or text.
func mayBeScript(mediaType string) bool {
	return isText(mediaType) || strings.HasSuffix(mediaType, "json") || strings.HasSuffix(mediaType, "javascript") || strings.HasSuffix(mediaType, "ecmascript")
}

// parseWrapped reads JSON behind a guard, in the call of a function (JSONP) or in a
// JSON string. A JSON string that holds something else is text. Any other body is
// [ErrUnknown].
func parseWrapped(body string, cut bool) (Tree, error) {
	if body[0] == '"' {
		return parseString(body, cut)
	}
	for _, guard := range guards {
		if rest, ok := strings.CutPrefix(body, guard); ok {
			return orUnknown(parseJSON(rest[skipSpace(rest, 0):], cut))
		}
	}
	argument, ok := callOf(body)
	if !ok {
		return Tree{}, ErrUnknown
	}
	tree, rest, err := scanJSON(argument, cut)
	if err == nil && !isCallEnd(rest, cut) {
		return Tree{}, ErrUnknown
	}
	return orUnknown(tree, err)
}

// orUnknown leaves text that is not JSON to other readers.
func orUnknown(tree Tree, err error) (Tree, error) {
	if err == ErrInvalid {
		err = ErrUnknown
	}
	return tree, err
}

// parseString reads a body that is one JSON string.
func parseString(body string, cut bool) (Tree, error) {
	switch end, err := stringEnd(body, 0); {
	case err == errCut && cut:
		body = wholeEscapes(body) + `"`
	case err != nil || skipSpace(body, end) < len(body):
		return Tree{}, ErrUnknown
	default:
		cut = false
	}
	text := strings.TrimSpace(unquote(strings.TrimRight(body, " \t\r\n")))
	if text == "" {
		return Tree{}, ErrEmpty
	}
	if text[0] == '{' || text[0] == '[' {
		if tree, err := parseJSON(text, cut); err != ErrInvalid {
			return tree, err
		}
	}
	return parseText(text), nil
}

// wholeEscapes drops the escape at the end of a string that breaks off.
func wholeEscapes(text string) string {
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' {
			n, err := escapeLength(text[i:])
			if err != nil {
				return text[:i]
			}
			i += n - 1
		}
	}
	return text
}

// maxCall is how long the name of a function, or the question whether there is such
// a function, may be, in bytes.
const maxCall = 128

// callOf returns the argument of the call that a script consists of, if an object or
// array begins there. Comments before the call, and a question for the function
// (`typeof f === 'function' && f({})`), are passed over.
func callOf(script string) (argument string, ok bool) {
	for strings.HasPrefix(script, "/*") {
		if _, script, ok = strings.Cut(script, "*/"); !ok {
			return "", false
		}
		script = script[skipSpace(script, 0):]
	}
	question, _, asked := strings.Cut(script[:min(len(script), maxCall)], "&&")
	if asked && !strings.ContainsAny(question, "({[;,:<") {
		script = script[len(question)+len("&&"):]
		script = script[skipSpace(script, 0):]
	}
	name, _, ok := strings.Cut(script[:min(len(script), maxCall)], "(")
	if !ok || !isFunctionName(strings.TrimRight(name, " ")) {
		return "", false
	}
	argument = script[len(name)+1:]
	argument = argument[skipSpace(argument, 0):]
	return argument, argument != "" && (argument[0] == '{' || argument[0] == '[')
}

// isFunctionName reports whether a script can call something by that name, like
// `f`, `$.f`, `angular.callbacks._0` or `f["a"]`.
func isFunctionName(name string) bool {
	for i := range len(name) {
		c := lower(name[i])
		switch {
		case 'a' <= c && c <= 'z' || c == '_' || c == '$':
		case i > 0 && ('0' <= c && c <= '9' || strings.IndexByte(`.[]"'`, c) >= 0):
		default:
			return false
		}
	}
	return name != ""
}

// isCallEnd reports whether nothing but the end of a call follows. Of a cut script,
// that may be missing.
func isCallEnd(rest string, cut bool) bool {
	rest = strings.TrimSpace(rest)
	if rest == "" {
		return cut
	}
	rest, closed := strings.CutPrefix(rest, ")")
	rest = strings.TrimSpace(rest)
	return closed && (rest == "" || rest == ";")
}
