package wire

import (
	"math/bits"
	"strings"
)

// scalarEnd returns the index behind the string, number or literal at i.
func scalarEnd(text string, i int) (end int, err error) {
	switch text[i] {
	case '"':
		return stringEnd(text, i)
	case 't':
		return literalEnd(text, i, "true")
	case 'f':
		return literalEnd(text, i, "false")
	case 'n':
		return literalEnd(text, i, "null")
	}
	return numberEnd(text, i)
}

func literalEnd(text string, i int, want string) (end int, err error) {
	rest := text[i:]
	switch {
	case strings.HasPrefix(rest, want):
		return i + len(want), nil
	case strings.HasPrefix(want, rest):
		return i, errCut
	}
	return i, ErrInvalid
}

// numberEnd returns the index behind the number at i, which is complete when something
// else follows.
func numberEnd(text string, i int) (end int, err error) {
	if text[i] == '-' {
		i++
	}
	if i < len(text) && text[i] == '0' {
		i++
	} else if i, err = digitsEnd(text, i); err != nil {
		return i, err
	}
	if i < len(text) && text[i] == '.' {
		if i, err = digitsEnd(text, i+1); err != nil {
			return i, err
		}
	}
	if i < len(text) && lower(text[i]) == 'e' {
		i++
		if i < len(text) && (text[i] == '+' || text[i] == '-') {
			i++
		}
		if i, err = digitsEnd(text, i); err != nil {
			return i, err
		}
	}
	if i == len(text) {
		return i, errCut
	}
	return i, nil
}

// digitsEnd returns the index behind the digits at i. At least one is required.
func digitsEnd(text string, i int) (end int, err error) {
	switch {
	case i == len(text):
		return i, errCut
	case !isDigit(text[i]):
		return i, ErrInvalid
	}
	for i < len(text) && isDigit(text[i]) {
		i++
	}
	return i, nil
}

// stringEnd returns the index behind the string with its quote at i. Large bodies are
// mostly long strings, so it checks eight bytes at a time.
func stringEnd(text string, i int) (end int, err error) {
	for i++; i < len(text); {
		if i+8 <= len(text) {
			found := notPlain(eight(text[i:]))
			if found == 0 {
				i += 8
				continue
			}
			i += bits.TrailingZeros64(found) / 8
		}
		switch c := text[i]; {
		case c == '"':
			return i + 1, nil
		case c == '\\':
			n, err := escapeLength(text[i:])
			if err != nil {
				return i, err
			}
			i += n
		case c < ' ':
			return i, ErrInvalid
		default: // one of the last seven
			i++
		}
	}
	return i, errCut
}

// notPlain looks for bytes that have a meaning in a string: quotes, backslashes and
// control characters. The lowest bit set in the result is the highest bit of the first
// such byte. The bits above it mean nothing, because subtraction borrows from later
// bytes.
func notPlain(x uint64) uint64 {
	const each, highest = 0x0101010101010101, 0x8080808080808080
	return ((x - ' '*each) | ((x ^ '"'*each) - each) | ((x ^ '\\'*each) - each)) &^ x & highest
}

// eight returns the first eight bytes of a text, the first one lowest.
func eight(text string) uint64 {
	_ = text[7]
	return uint64(text[0]) | uint64(text[1])<<8 | uint64(text[2])<<16 | uint64(text[3])<<24 |
		uint64(text[4])<<32 | uint64(text[5])<<40 | uint64(text[6])<<48 | uint64(text[7])<<56
}
