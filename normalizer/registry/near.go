package registry

import (
	"fmt"
	"strings"
)

// maxNear is the longest word that is compared, in bytes. Names are shorter.
const maxNear = 64

// Nearest returns the word of a list that a misspelled one stands for, or nothing if
// none is near. Case, `-`, `_` and spaces do not count; a letter that is wrong, missing,
// too many or swapped with its neighbour does, and one in three may be.
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

// Choose says what to write in place of a word that is not in a list: the nearest word,
// if one is near, and the whole list.
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
