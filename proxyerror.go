package autherrors

import (
	"errors"
	"net/http"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
)

// proxyFailures says how failures of the proxy are answered, by status. The
// texts say nothing of what is behind the proxy; the log does.
var proxyFailures = map[int]struct{ code, description string }{
	http.StatusBadGateway:            {"temporarily_unavailable", "The identity provider could not be reached."},
	http.StatusServiceUnavailable:    {"temporarily_unavailable", "No identity provider is available at the moment."},
	http.StatusGatewayTimeout:        {"temporarily_unavailable", "The identity provider did not answer in time."},
	http.StatusRequestEntityTooLarge: {"invalid_request", "The request body is too large."},
}

// proxyFailure returns the error if reverse_proxy itself failed, before there was
// a response: 502, 503 and 504 by its own making, or 413 because request_body cut
// the request off on its way. Errors of other handlers are not ours.
func proxyFailure(err error) (caddyhttp.HandlerError, bool) {
	failure, ok := errors.AsType[caddyhttp.HandlerError](err)
	if !ok {
		return failure, false
	}
	switch failure.StatusCode {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return failure, strings.HasPrefix(failure.Trace, "reverseproxy.")
	case http.StatusRequestEntityTooLarge:
		return failure, strings.HasPrefix(failure.Trace, "requestbody.")
	}
	return failure, false
}

// fail handles an error of next: it answers a failure of the proxy, and returns
// any other error for handle_errors.
func (i *interceptor) fail(err error) error {
	if errors.Is(err, errAnswered) {
		i.dropTrailers()
		return nil
	}
	i.drop()
	failure, ok := proxyFailure(err)
	if !ok || !i.answersFailures() || i.state == passing || i.state == shadowing || i.state == answered || i.isExempt() {
		return err
	}
	i.logFailure(failure)
	answer := proxyFailures[failure.StatusCode]
	i.status = failure.StatusCode
	i.keepHeader()
	return i.answerFailure(failure.StatusCode, answer.code, answer.description)
}

// answersFailures reports whether failures of the proxy are ours to answer. A person
// who waits for a page is better served by handle_errors, or by half a page.
func (i *interceptor) answersFailures() bool {
	return i.handler.ProxyErrors != pass && i.handler.Mode != modeShadow &&
		!(i.endpoint().ServesPages() && normalizer.IsNavigation(i.request.Header))
}

// answerCutShort answers in place of a body that ended early. What arrived of it
// may be half an error, so it is not looked at.
func (i *interceptor) answerCutShort() error {
	i.logFailure(caddyhttp.Error(http.StatusBadGateway, errors.New("the response of the identity provider ended early")))
	return i.answerFailure(http.StatusBadGateway, "server_error", "The response of the identity provider ended early.")
}

func (i *interceptor) answerFailure(status int, code, description string) error {
	e := i.handler.table.ProxyError(i.endpoint(), code, status, description)
	i.observe(&normalizer.Finding{Error: code}, outcomeProxyError)
	return i.answer(&e, nil)
}

// errorLog names the logger that Caddy's server logs errors of handlers with.
type errorLog struct{}

// CaddyModule returns the name of the logger; it is not registered.
func (errorLog) CaddyModule() caddy.ModuleInfo { return caddy.ModuleInfo{ID: "http.log.error"} }

// logFailure writes the line that the server would have written, had the error
// reached it.
func (i *interceptor) logFailure(failure caddyhttp.HandlerError) {
	level := zapcore.DebugLevel
	if failure.StatusCode >= 500 {
		level = zapcore.ErrorLevel
	}
	c := i.handler.errorLog.Check(level, failure.Err.Error())
	if c == nil {
		return
	}
	server := i.server()
	c.Write(
		zap.Object("request", caddyhttp.LoggableHTTPRequest{
			Request:              i.request,
			ShouldLogCredentials: server != nil && server.Logs != nil && server.Logs.ShouldLogCredentials,
		}),
		zap.Int("status", failure.StatusCode),
		zap.String("err_id", failure.ID),
		zap.String("err_trace", failure.Trace),
	)
}
