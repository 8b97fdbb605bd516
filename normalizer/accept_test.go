package normalizer

import "testing"

func TestQuality(t *testing.T) {
	for _, tt := range []struct {
		accept, mainType, subtype string
		want                      float64
	}{
		{"", "application", "json", 1},
		{"  ", "application", "json", 1},
		{"*/*", "application", "json", 1},
		{"application/json", "application", "json", 1},
		{"Application/JSON; q=0.5", "application", "json", 0.5},
		{"application/json;Q=0.5", "application", "json", 0.5},
		{"application/*;q=0.3", "application", "json", 0.3},
		{"text/html, application/json;q=0.9, */*;q=0.1", "application", "json", 0.9},
		{"text/html, application/json;q=0.9, */*;q=0.1", "image", "png", 0.1},
		{"*/*;q=0.8, application/json;q=0", "application", "json", 0},
		{"application/*;q=0.2, */*", "application", "json", 0.2},
		{"text/html", "application", "json", 0},
		{"application/jsonp", "application", "json", 0},
		{"application/problem+json", "application", "json", 0},
		{"*/json", "application", "json", 0},
		{"application/json;q=2", "application", "json", 1},
		{"application/json;q=x", "application", "json", 1},
		{"application/json;q=NaN", "application", "json", 1},
		{"application/json;charset=utf-8;q=0.4", "application", "json", 0.4},
		{",,;q=,/,application/json;q=0.7", "application", "json", 0.7},
	} {
		if got := quality(tt.accept, tt.mainType, tt.subtype); got != tt.want {
			t.Errorf("quality of %s/%s in %q: got %v, want %v", tt.mainType, tt.subtype, tt.accept, got, tt.want)
		}
	}
}
