package caddyfile_test

import (
	"bytes"
	"encoding/json"
	"html"
	"mime"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/prometheus/client_golang/prometheus"
)

// baseline is the handler that one writes for Auth0 without this module, as plain as it
// gets: record everything, unmarshal into a map, go through the rows one by one, clean the
// text with regular expressions, edit the header, marshal, count. It comes to the same
// answer.
type baseline struct{}

var baselineTotal = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "baseline_total"}, []string{"provider", "endpoint", "error", "outcome"})

// baselineRow is a row of the table of Auth0's documentation.
type baselineRow struct {
	status      int
	code        string
	description *regexp.Regexp
	toStatus    int
	to          string
}

var baselineRows = []baselineRow{
	{400, "invalid_request", nil, 400, "invalid_request"},
	{400, "invalid_scope", nil, 400, "invalid_scope"},
	{401, "invalid_client", nil, 401, "invalid_client"},
	{401, "requires_validation", nil, 400, "interaction_required"},
	{403, "unauthorized_client", nil, 400, "unauthorized_client"},
	{403, "access_denied", regexp.MustCompile(`(?i)^\s*Unknown\s+or\s+invalid\s+refresh\s+token`), 400, "invalid_grant"},
	{403, "access_denied", nil, 400, "access_denied"},
	{403, "invalid_grant", nil, 400, "invalid_grant"},
	{404, "endpoint_disabled", nil, 404, "invalid_request"},
	{405, "method_not_allowed", nil, 405, "invalid_request"},
	{429, "too_many_requests", nil, 429, "temporarily_unavailable"},
	{501, "unsupported_response_type", nil, 400, "unsupported_response_type"},
	{501, "unsupported_grant_type", nil, 400, "unsupported_grant_type"},
	{503, "temporarily_unavailable", nil, 503, "temporarily_unavailable"},
}

var (
	baselineToken   = regexp.MustCompile(`^/oauth/token/?$`)
	baselineSpace   = regexp.MustCompile(`\s+`)
	baselineForeign = regexp.MustCompile(`[^\x20-\x21\x23-\x5b\x5d-\x7e]`)
	baselineSecret  = regexp.MustCompile(`[^\s@]+@[^\s@]+|(?:[\w-]+\.){2}[\w-]+|[\w-]*\d[\w-]{15,}`)
	baselineStale   = []string{
		"Content-Encoding", "Content-Language", "Content-Location", "Content-Disposition", "Content-Range", "Location",
		"Refresh", "Proxy-Authenticate", "Www-Authenticate", "Etag", "Last-Modified", "Digest", "Content-Digest",
		"Repr-Digest", "Content-Md5", "Accept-Ranges", "Expires", "Age", "Trailer",
	}
	baselineKept = []string{"mfa_token", "interval", "claims", "suberror"}
)

func (baseline) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	rec := caddyhttp.NewResponseRecorder(w, new(bytes.Buffer), func(status int, _ http.Header) bool { return status >= 400 })
	if err := next.ServeHTTP(rec, r); err != nil || !rec.Buffered() {
		return err
	}
	mediaType, _, err := mime.ParseMediaType(rec.Header().Get("Content-Type"))
	if err != nil || mediaType != "application/json" || !baselineToken.MatchString(r.URL.Path) {
		return rec.WriteResponse()
	}
	var upstream map[string]any
	if err := json.Unmarshal(rec.Buffer().Bytes(), &upstream); err != nil {
		return rec.WriteResponse()
	}
	code, _ := upstream["error"].(string)
	text, _ := upstream["error_description"].(string)
	for _, row := range baselineRows {
		if row.status != rec.Status() || !strings.EqualFold(row.code, code) || row.description != nil && !row.description.MatchString(text) {
			continue
		}
		text = strings.TrimSpace(baselineSpace.ReplaceAllString(html.UnescapeString(text), " "))
		text = baselineForeign.ReplaceAllString(text, "?")
		answer := map[string]any{"error": row.to, "error_description": baselineSecret.ReplaceAllString(text, "***")}
		for _, name := range baselineKept {
			if value, ok := upstream[name]; ok {
				answer[name] = value
			}
		}
		body, err := json.Marshal(answer)
		if err != nil {
			return err
		}
		for _, name := range baselineStale {
			w.Header().Del(name)
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Pragma", "no-cache")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		baselineTotal.WithLabelValues("auth0", "token", row.to, "normalized").Inc()
		w.WriteHeader(row.toStatus)
		_, err = w.Write(body)
		return err
	}
	return rec.WriteResponse()
}
