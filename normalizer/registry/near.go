package registry

import (
	"fmt"
	"strings"
)

// maxNear is the longest word that is compared, in bytes. Names are shorter.
const maxNear = 64

// Nearest returns the word of a list that is most similar to a misspelled word, or
// nothing. It ignores case, `-`, `_` and spaces. One letter in three may be wrong,
// missing, additional or swapped with its neighbour.
func Nearest(word string, known []string) string {
	nearest, least := "", maxNear
	folded := foldWord(word)
	for _, candidate := range known {
		other := foldWord(candidate)
		n := distance(folded, other)
		if n < least && n <= max(len(folded), len(other))/3 {
			nearest, least = candidate, n
		}
	}
	return nearest
}

// Choose returns advice for a word that is not in a list: the most similar word, if any,
// and the whole list.
func Choose(word string, known []string) string {
	list := "use one of " + strings.Join(known, ", ")
	if near := Nearest(word, known); near != "" {
		return fmt.Sprintf("did you mean %q? If not, %s", near, list)
	}
	return list
}

var wordFolder = strings.NewReplacer("-", "", "_", "", " ", "")

func foldWord(word string) string { return wordFolder.Replace(strings.ToLower(word)) }

// distance is the number of single edits that lead from one word to another, with two
// neighbours swapped as one of them (optimal string alignment). Words that are too long
// to be names are far from everything.
func distance(a, b string) int {
	if len(a) > maxNear || len(b) > maxNear {
		return maxNear
	}
	// The distances between the beginnings of a, in three neighbouring rows, and of b.
	var before, above, row [maxNear + 1]int
	for j := range len(b) + 1 {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, above = above, row
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			row[j] = min(above[j]+1, row[j-1]+1, above[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(b)]
}
