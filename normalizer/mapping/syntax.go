package mapping

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// errorLine finds the line number in a message of the YAML parser.
var errorLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// syntaxProblem records an error of the YAML parser, in words that say what to do if the
// mistake is a common one.
func syntaxProblem(d *nodes, err error) {
	text := err.Error()
	m := errorLine.FindStringSubmatch(text)
	line, message := 1, text
	if m != nil {
		line, _ = strconv.Atoi(m[1])
		message = text[len(m[0]):]
	}
	if strings.HasPrefix(message, "did not find expected") && !strings.Contains(message, "alphabetic") {
		line++ // the parser counts from 0 where the scanner counts from 1
	}
	if tab := tabbed(d.lines); tab > 0 {
		line = tab
	}
	if alias := unknownAnchor.FindStringSubmatch(message); alias != nil {
		star := regexp.MustCompile(`(^|[^\w"'])\*` + regexp.QuoteMeta(alias[1]) + `\b`)
		line = 1 + slices.IndexFunc(d.lines, star.MatchString)
		message = "a value that begins with *: put it in quotes; aliases are not read"
	} else if remedy := remedyOf(d.lines[min(max(line, 1), len(d.lines))-1], message); remedy != "" {
		message = remedy
	} else if odd := misindented(d.lines); odd > 0 {
		line, message = odd, "the line is not indented like the lines that it belongs to: begin the keys of one item in one column, and the items of one list in one column"
	}
	d.problem(line, "not valid YAML: %s", message)
}

// unknownAnchor matches the message for an alias without its anchor.
var unknownAnchor = regexp.MustCompile(`^unknown anchor '(.*)' referenced`)

// remedyOf returns advice for a line that is not valid YAML, for the commonest mistakes,
// or nothing. The message is the parser's.
func remedyOf(line, message string) string {
	indentation := line[:len(line)-len(strings.TrimLeftFunc(line, unicode.IsSpace))]
	value := unquotedValue.FindStringSubmatch(line)
	switch {
	case strings.Contains(indentation, "\t"):
		return "a tab in the indentation: use spaces"
	case strings.Contains(indentation, "\u00a0"):
		return "a no-break space in the indentation: write a space instead"
	case strings.HasPrefix(message, "found unknown escape"):
		return "a backslash in double quotes: put the value in single quotes"
	case hyphenAlone.MatchString(line):
		return "a hyphen without a space behind it: write - and a space before each item"
	case value != nil && strings.ContainsAny(value[1], "*&!%@`|>?"):
		return fmt.Sprintf("a value that begins with %s: put it in quotes", value[1])
	case quoteInQuotes.MatchString(line):
		return `a " inside double quotes: put the value in single quotes`
	case valueWithColon.MatchString(line):
		return "a value with a colon and a space in it: put it in quotes"
	case strings.Count(line, `"`)%2 == 1:
		return `a " without its second: close it, or put the value in single quotes`
	case strings.Count(line, "{") > strings.Count(line, "}"):
		return "a { without its }: close it, or put the value in quotes"
	case strings.Count(line, "[") > strings.Count(line, "]"):
		return "a [ without its ]: close it, or put the value in quotes"
	}
	return ""
}

var (
	unquotedValue  = regexp.MustCompile(`(?:[a-z]: +|[{\[,] *)([*&!%@|>?` + "`" + `])[^,}\]]`)
	valueWithColon = regexp.MustCompile(`[a-z]: +[^"'{\[ ][^"',{}\[\]]*: `)
	hyphenAlone    = regexp.MustCompile(`^ *-[{\[a-z]`)
	quoteInQuotes  = regexp.MustCompile(`: "[^"]*"[A-Za-z]`)
)

// tabbed returns the first line that is indented by a tab, from 1, or 0.
func tabbed(lines []string) int {
	return 1 + slices.IndexFunc(lines, func(line string) bool {
		return strings.HasPrefix(strings.TrimLeft(line, " "), "\t") && strings.TrimSpace(line) != ""
	})
}

// misindented returns the first line, from 1, that begins in a column where no block
// above begins and where no key or hyphen above opens one; or 0. It is for files that the
// parser refuses, and ignores values with several lines.
func misindented(lines []string) int {
	columns, opened := []int{0}, false
	for i, line := range lines {
		content := strings.TrimLeft(line, " ")
		if content = strings.TrimRight(content, " \r"); content == "" || content[0] == '#' {
			continue
		}
		column := len(line) - len(strings.TrimLeft(line, " "))
		deepest := columns[len(columns)-1]
		for len(columns) > 1 && columns[len(columns)-1] > column {
			columns = columns[:len(columns)-1]
		}
		if last := columns[len(columns)-1]; column != last {
			if column < deepest || !opened {
				return i + 1
			}
			columns = append(columns, column)
		}
		for strings.HasPrefix(content, "- ") {
			rest := strings.TrimLeft(content[1:], " ")
			column += len(content) - len(rest)
			content = rest
			columns = append(columns, column)
		}
		opened = strings.HasSuffix(content, ":") || content == "-"
	}
	return 0
}
