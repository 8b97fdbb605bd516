package normalizer

import "strings"

// cardAt returns the length of the payment card number at the beginning of a text, or
// zero. Such a number has 13 to 19 digits of a known kind, in one or several groups, and
// a correct check digit (ISO/IEC 7812).
func cardAt(text string) int {
	var digits [19]byte
	n, groups, found := 0, 0, 0
	for i := 0; i < len(text) && n < len(digits); i++ {
		c := text[i]
		if strings.IndexByte(" -._/", c) >= 0 && i > 0 && isDigit(text[i-1]) && i+1 < len(text) && isDigit(text[i+1]) {
			if groups++; n < 4 || n > 4*groups && n != 10 {
				break
			}
			continue
		}
		if !isDigit(c) {
			break
		}
		digits[n] = c - '0'
		n++
		ended := i+1 == len(text) || !isWordByte(text[i+1]) || strings.IndexByte("-.!", text[i+1]) >= 0
		if n >= 13 && ended && isCard(digits[:n]) {
			found = i + 1
		}
	}
	return found
}

// isCard reports whether digits have the first digits, the length and the check
// digit of a payment card.
func isCard(digits []byte) bool {
	two := int(digits[0])*10 + int(digits[1])
	switch n := len(digits); {
	case digits[0] == 4 && (n == 13 || n == 16 || n == 19):
	case 51 <= two && two <= 55 && n == 16, 22 <= two && two <= 27 && n == 16:
	case (two == 34 || two == 37) && n == 15:
	case (two == 36 || two == 38 || two == 30) && n == 14:
	case (two == 35 || two == 60 || two == 62 || two == 64 || two == 65) && n == 16:
	default:
		return false
	}
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i])
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// phoneAt returns the length of the international telephone number (E.164) that a text
// starts with, or zero: a plus sign and 8 to 15 digits, in one or in groups.
func phoneAt(text string) int {
	digits, end := 0, 0
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case isDigit(c):
			digits, end = digits+1, i+1
		case strings.IndexByte(" -.()/", c) < 0 || strings.IndexByte(" -./", c) >= 0 && !isDigit(text[i-1]) && text[i-1] != ')':
			i = len(text)
		}
	}
	if digits < 8 || digits > 15 || text[1] == '0' {
		return 0
	}
	return end
}

// ibanAt returns the length of the international bank account number (ISO 13616)
// that a text starts with, in one or in groups of four, or zero.
func ibanAt(text string) int {
	if len(text) < 15 || !isLetter(text[0]) || !isLetter(text[1]) || !isDigit(text[2]) || !isDigit(text[3]) {
		return 0
	}
	var chars [34]byte
	n, found := 0, 0
	for i := 0; i < len(text) && n < len(chars); i++ {
		c := text[i]
		if c == ' ' && n%4 == 0 {
			continue
		}
		if !isDigit(c) && !isLetter(c) {
			break
		}
		chars[n] = c
		n++
		if n >= 15 && (i+1 == len(text) || !isWordByte(text[i+1])) && isIBAN(chars[:n]) {
			found = i + 1
		}
	}
	return found
}

// isIBAN reports whether the check digits are right: the remainder by 97 of the
// number that the rotated characters spell is one.
func isIBAN(chars []byte) bool {
	rest := 0
	for i := range chars {
		switch c := chars[(i+4)%len(chars)]; {
		case isDigit(c):
			rest = (rest*10 + int(c-'0')) % 97
		default:
			rest = (rest*100 + int(c|0x20-'a') + 10) % 97
		}
	}
	return rest == 1
}

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLetter(c byte) bool { return isUpper(c) || isLower(c) }
