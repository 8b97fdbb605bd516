package normalizer

import (
	"bufio"
	"os"
	"strings"
	"testing"
)

// labelledFiles are lists of texts: the first was written before the mask, the
// second after it, the third after the mask was tuned on the second, and the fourth,
// of kinds that the others lack, without a look at the mask.
var labelledFiles = []string{"testdata/mask/labelled.txt", "testdata/mask/heldout.txt", "testdata/mask/unseen.txt", "testdata/mask/dumps.txt"}

// labelled is a text with the places of its secrets.
type labelled struct {
	text    string   // as a provider words it
	want    string   // the correct result
	secrets []string // texts that must not be shown
}

// readLabelled reads a list of texts, one a line, with secrets between « and ».
func readLabelled(t testing.TB, file string) (all []labelled) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := lines.Text()
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		var l labelled
		for {
			before, rest, marked := strings.Cut(line, "«")
			l.text, l.want = l.text+before, l.want+before
			if !marked {
				break
			}
			secret, after, closed := strings.Cut(rest, "»")
			if !closed {
				t.Fatalf("%s: %q: got no end of the secret, want ».", file, line)
			}
			l.text, l.want, l.secrets = l.text+secret, l.want+masked, append(l.secrets, secret)
			line = after
		}
		all = append(all, l)
	}
	return all
}

// shows reports whether a masked text still has a secret, or a word of one that is
// nowhere else in the text.
func (l *labelled) shows(got string) bool {
	for _, secret := range l.secrets {
		if strings.Contains(got, secret) {
			return true
		}
		for _, word := range strings.FieldsFunc(secret, func(r rune) bool { return r == ' ' || r == '.' || r == '/' }) {
			if len(word) >= 4 && strings.Contains(got, word) && !strings.Contains(l.want, word) {
				return true
			}
		}
	}
	return false
}

// TestMaskLabelled measures the mask on texts as providers word them: it may miss no
// secret, touch at most two in a hundred of the texts without one, and mask nothing
// but the secret in nine of ten texts with one.
func TestMaskLabelled(t *testing.T) {
	for _, file := range labelledFiles {
		t.Run(file, func(t *testing.T) {
			secret, missed, inexact, clean, alarms := 0, 0, 0, 0, 0
			for _, l := range readLabelled(t, file) {
				got := Mask(l.text)
				switch {
				case len(l.secrets) == 0:
					if clean++; got != l.text {
						alarms++
						t.Logf("false alarm: %q: got %q", l.text, got)
					}
				case l.shows(got):
					secret, missed = secret+1, missed+1
					t.Errorf("missed: %q: got %q, want %q", l.text, got, l.want)
				default:
					if secret++; got != l.want {
						inexact++
						t.Logf("inexact: %q: got %q, want %q", l.text, got, l.want)
					}
				}
			}
			t.Logf("%d of %d secrets missed, %d inexact; %d false alarms in %d", missed, secret, inexact, alarms, clean)
			if 50*alarms > clean || 10*inexact > secret || secret < 35 || clean < 35 {
				t.Errorf("got %d false alarms in %d texts and %d of %d masked inexactly, want at most two and ten in a hundred, of 35 each", alarms, clean, inexact, secret)
			}
		})
	}
}
