package wire

import (
	"strings"
	"testing"
)

// serverPages are pages as servers send them, short of their style.
var serverPages = []struct{ name, body, message string }{
	{"Tomcat 9", `<!doctype html><html lang="en"><head><title>HTTP Status 401 – Unauthorized</title><style type="text/css">h1 {color:white}</style></head><body><h1>HTTP Status 401 – Unauthorized</h1><hr class="line" /><p><b>Type</b> Status Report</p><p><b>Message</b> Full authentication is required to access this resource</p><p><b>Description</b> The request has not been applied to the target resource because it lacks valid authentication credentials for that resource.</p><hr class="line" /><h3>Apache Tomcat/9.0.83</h3></body></html>`, "Full authentication is required to access this resource"},
	{"Tomcat 9 without a message", `<!doctype html><html lang="en"><head><title>HTTP Status 401 – Unauthorized</title></head><body><h1>HTTP Status 401 – Unauthorized</h1><hr class="line" /><p><b>Type</b> Status Report</p><p><b>Description</b> The request has not been applied to the target resource because it lacks valid authentication credentials for that resource.</p><hr class="line" /><h3>Apache Tomcat/9.0.83</h3></body></html>`, ""},
	{"Tomcat 9 with the phrase", `<!doctype html><html lang="en"><head><title>HTTP Status 403 – Forbidden</title></head><body><h1>HTTP Status 403 – Forbidden</h1><hr class="line" /><p><b>Type</b> Status Report</p><p><b>Message</b> Forbidden</p><p><b>Description</b> The server understood the request but refuses to authorize it.</p></body></html>`, ""},
	{"Tomcat 7", `<html><head><title>Apache Tomcat/7.0.52 - Error report</title></head><body><h1>HTTP Status 401 - Bad credentials</h1><HR size="1" noshade="noshade"><p><b>type</b> Status report</p><p><b>message</b> <u>Bad credentials</u></p><p><b>description</b> <u>This request requires HTTP authentication.</u></p><HR size="1"><h3>Apache Tomcat/7.0.52</h3></body></html>`, "Bad credentials"},
	{"JBoss Web", `<html><head><title>JBoss Web/7.0.13.Final - Error report</title></head><body><h1>HTTP Status 403 - Access to the requested resource has been denied</h1><p><b>type</b> Status report</p><p><b>message</b> <u>Access to the requested resource has been denied</u></p></body></html>`, "Access to the requested resource has been denied"},
	{"Whitelabel", `<html><body><h1>Whitelabel Error Page</h1><p>This application has no explicit mapping for /error, so you are seeing this as a fallback.</p><div id='created'>Tue Mar 05 10:11:12 UTC 2024</div><div>There was an unexpected error (type=Unauthorized, status=401).</div><div>Bad credentials</div></body></html>`, "Bad credentials"},
	{"Whitelabel without a message", `<html><body><h1>Whitelabel Error Page</h1><p>This application has no explicit mapping for /error, so you are seeing this as a fallback.</p><div id='created'>Tue Mar 05 10:11:12 UTC 2024</div><div>There was an unexpected error (type=Forbidden, status=403).</div><div></div></body></html>`, ""},
	{"Whitelabel with a trace", `<html><body><h1>Whitelabel Error Page</h1><div>There was an unexpected error (type=Internal Server Error, status=500).</div><div style='white-space:pre-wrap;'>java.lang.NullPointerException
	at com.example.A.run(A.java:12)</div></body></html>`, ""},
	{"IIS", `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd"><html xmlns="http://www.w3.org/1999/xhtml"><head><title>401 - Unauthorized: Access is denied due to invalid credentials.</title></head><body><div id="header"><h1>Server Error</h1></div><div id="content"><div class="content-container"><fieldset><h2>401 - Unauthorized: Access is denied due to invalid credentials.</h2><h3>You do not have permission to view this directory or page using the credentials that you supplied.</h3></fieldset></div></div></body></html>`, "Access is denied due to invalid credentials."},
	{"IIS, detailed", `<html><head><title>IIS 10.0 Detailed Error - 401.2 - Unauthorized</title></head><body><div id="content"><div class="content-container"><h3>HTTP Error 401.2 - Unauthorized</h3><h4>You are not authorized to view this page due to invalid authentication headers.</h4></div></div></body></html>`, "You are not authorized to view this page due to invalid authentication headers."},
	{"nginx", "<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>\r\n<center><h1>403 Forbidden</h1></center>\r\n<hr><center>nginx/1.18.0 (Ubuntu)</center>\r\n</body>\r\n</html>\r\n", ""},
	{"nginx without its version", "<html><head><title>401 Authorization Required</title></head><body><center><h1>401 Authorization Required</h1></center><hr><center>nginx</center></body></html>", ""},
	{"nginx about a header", "<html><head><title>400 Request Header Or Cookie Too Large</title></head><body><center><h1>400 Bad Request</h1></center><center>Request Header Or Cookie Too Large</center><hr><center>nginx</center></body></html>", "Request Header Or Cookie Too Large"},
	{"Apache", "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html><head>\n<title>403 Forbidden</title>\n</head><body>\n<h1>Forbidden</h1>\n<p>You don't have permission to access this resource.</p>\n<hr>\n<address>Apache/2.4.41 (Ubuntu) Server at sso.test Port 443</address>\n</body></html>", "You don't have permission to access this resource."},
	{"Jetty 9", "<html>\n<head>\n<meta http-equiv=\"Content-Type\" content=\"text/html;charset=utf-8\"/>\n<title>Error 401 Unauthorized</title>\n</head>\n<body><h2>HTTP ERROR 401</h2>\n<p>Problem accessing /x. Reason:\n<pre>    Bad token</pre></p><hr><a href=\"http://eclipse.org/jetty\">Powered by Jetty:// 9.4.8.v20171121</a><hr/>\n</body>\n</html>", "Bad token"},
	{"Jetty 9 with the phrase", "<html><head><title>Error 401 Unauthorized</title></head><body><h2>HTTP ERROR 401</h2>\n<p>Problem accessing /x. Reason:\n<pre>    Unauthorized</pre></p><hr><a href=\"http://eclipse.org/jetty\">Powered by Jetty:// 9.4.8.v20171121</a></body></html>", ""},
	{"Jetty 10", "<html><head><title>Error 401 Session has expired</title></head>\n<body><h2>HTTP ERROR 401 Session has expired</h2>\n<table>\n<tr><th>URI:</th><td>/x</td></tr>\n<tr><th>STATUS:</th><td>401</td></tr>\n<tr><th>MESSAGE:</th><td>Session has expired</td></tr>\n<tr><th>SERVLET:</th><td>-</td></tr>\n</table>\n</body></html>", "Session has expired"},
	{"Jetty 10 with the phrase", "<html><head><title>Error 403 Forbidden</title></head>\n<body><h2>HTTP ERROR 403 Forbidden</h2>\n<table>\n<tr><th>URI:</th><td>/x</td></tr>\n<tr><th>STATUS:</th><td>403</td></tr>\n<tr><th>MESSAGE:</th><td>Forbidden</td></tr>\n<tr><th>SERVLET:</th><td>-</td></tr>\n</table>\n</body></html>", ""},
	{"Express", "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Error</title>\n</head>\n<body>\n<pre>Unauthorized</pre>\n</body>\n</html>\n", ""},
	{"Express with a trace", "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Error</title>\n</head>\n<body>\n<pre>UnauthorizedError: jwt expired<br> &nbsp; &nbsp;at middleware (/app/index.js:12:3)</pre>\n</body>\n</html>\n", "UnauthorizedError: jwt expired"},
	{"Express without a route", "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Error</title></head><body><pre>Cannot POST /token</pre></body></html>", "Cannot POST /token"},
	{"Django", "<!doctype html>\n<html lang=\"en\">\n<head>\n  <title>403 Forbidden</title>\n</head>\n<body>\n  <h1>403 Forbidden</h1><p></p>\n</body>\n</html>", ""},
	{"Django about forgery", "<!DOCTYPE html><html lang=\"en\"><head><meta name=\"robots\" content=\"NONE,NOARCHIVE\"><title>403 Forbidden</title></head><body><div id=\"summary\"><h1>Forbidden <span>(403)</span></h1><p>CSRF verification failed. Request aborted.</p></div></body></html>", "CSRF verification failed. Request aborted."},
	{"Rails", "<!DOCTYPE html><html><head><title>The change you wanted was rejected (422)</title></head><body class=\"rails-default-error-page\"><div class=\"dialog\"><div><h1>The change you wanted was rejected.</h1><p>Maybe you tried to change something you didn't have access to.</p></div><p>If you are the application owner check the logs for more information.</p></div></body></html>", "The change you wanted was rejected."},
	{"Flask", "<!doctype html>\n<html lang=en>\n<title>401 Unauthorized</title>\n<h1>Unauthorized</h1>\n<p>The server could not verify that you are authorized to access the URL requested. You either supplied the wrong credentials (e.g. a bad password), or your browser doesn&#39;t understand how to supply the credentials required.</p>\n", "The server could not verify that you are authorized to access the URL requested. You either supplied the wrong credentials (e.g. a bad password), or your browser doesn't understand how to supply the credentials required."},
	{"WebLogic", "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.0 Draft//EN\"><HTML><HEAD><TITLE>Error 401--Unauthorized</TITLE></HEAD><BODY bgcolor=\"white\"><FONT FACE=Helvetica><BR CLEAR=all><TABLE border=0 cellspacing=5><TR><TD><BR CLEAR=all><FONT FACE=\"Helvetica\" COLOR=\"black\" SIZE=\"3\"><H2>Error 401--Unauthorized</H2></FONT></TD></TR></TABLE><TABLE border=0 width=100% cellpadding=10><TR><TD VALIGN=top WIDTH=100% BGCOLOR=white><FONT FACE=\"Courier New\"><FONT FACE=\"Helvetica\" SIZE=\"3\"><H3>From RFC 2068 <i>Hypertext Transfer Protocol -- HTTP/1.1</i>:</H3></FONT><H4>10.4.2 401 Unauthorized</H4><P>The request requires user authentication.</P></TD></TR></TABLE></BODY></HTML>", ""},
	{"Undertow", "<html><head><title>Error</title></head><body>Unauthorized</body></html>", ""},
	{"Undertow with a message", "<html><head><title>Error</title></head><body>The token is not active</body></html>", "The token is not active"},
	{"ASP.NET", "<!DOCTYPE html><html><head><title>Access is denied.</title></head><body bgcolor=\"white\"><span><H1>Server Error in '/' Application.<hr width=100% size=1 color=silver></H1><h2> <i>Access is denied.</i> </h2></span><font face=\"Arial\"><b> Description: </b>An error occurred while accessing the resources required to serve this request.<br><br><b> Error message 401.2.: </b>Unauthorized: Logon failed due to server configuration.</font></body></html>", "Access is denied."},
	{"Keycloak", "<!DOCTYPE html><html class=\"login-pf\"><head><title>Sign in to demo</title></head><body><div id=\"kc-header\">demo</div><h1 id=\"kc-page-title\">We are sorry...</h1><div id=\"kc-error-message\"><p class=\"instruction\">Invalid parameter: redirect_uri</p></div></body></html>", "Invalid parameter: redirect_uri"},
	{"Doorkeeper", `<html><head><title>OAuth authorization required</title></head><body><div id="container"><div class="border-bottom mb-4"><h1>An error has occurred</h1></div><main role="main"><pre>The requested redirect uri is malformed.</pre></main></div></body></html>`, "The requested redirect uri is malformed."},
	{"OAuth2 Proxy", `<!DOCTYPE html><html lang="en"><head><title>403 Forbidden</title></head><body><section class="section"><div class="container"><div class="title is-1">403</div><h1 class="subtitle is-1">Forbidden</h1><div class="card"><header class="card-header"><p class="card-header-title">More Info</p></header><div class="card-content"><div class="content">Login Failed: Unable to find a valid CSRF token. Please try again.</div></div></div></div></section></body></html>`, "Login Failed: Unable to find a valid CSRF token. Please try again."},
	{"two words", `<html><title>401 Unauthorized</title><h1>401</h1><p>Bad credentials</p>`, "Bad credentials"},
	{"a bold sentence", `<html><title>403</title><h1>Forbidden</h1><p><b>You may not do that.</b></p><p>More on that.</p>`, "You may not do that."},
	{"an alert", `<html><title>Login</title><h1>Sign in</h1><div role="alert"><span>Invalid username</span> or password.</div><form><input name=u></form>`, "Invalid username or password."},
	{"an empty alert", `<html><title>Login</title><div class="error-message"><div></div></div><p>Welcome to us</p>`, ""},
	{"somebody's own", `<html><title>Acme</title><h1>Acme portal</h1><p>Welcome to our portal.</p>`, ""},
}

func TestMessage(t *testing.T) {
	p, _ := ParsePath("message")
	for _, r := range serverPages {
		tree, err := Parse("text/html", []byte(r.body))
		if got, _ := tree.Get(p).Text(); got != r.message || err != nil {
			t.Errorf("%s: got %q, %v, want %q", r.name, got, err, r.message)
		}
	}
}

func TestPageForm(t *testing.T) {
	long := strings.Repeat("x();", 1000)
	for _, r := range []struct {
		body string
		want bool
	}{
		{`<html><form action="/login"><input name="user"><button>Go</button></form>`, true},
		{`<html><form><div><INPUT TYPE=hidden name=SAMLResponse></div></form>`, true},
		{`<html><form></form><input type="text">`, false},
		{`<html><form><button>x</button></form>`, false},
		{`<html><input type='password'>`, true},
		{`<html><meta http-equiv="Refresh" content="0; url=/login">`, true},
		{`<html><meta http-equiv="Content-Type" content="text/html">`, false},
		{`<html><script>window.location.href = "/login";</script>`, true},
		{`<html><script>location="/login"</script>`, true},
		{`<html><script>location.replace("/login")</script>`, true},
		{`<html><script>if (location.href == "/login") a()</script>`, false},
		{`<html><script>` + long + `location="/login"</script>`, false},
		{`<html><p>location="/login"</p>`, false},
		{`<html><!-- <form><input></form> --><p>x</p>`, false},
		{`<html>` + strings.Repeat("<p>some text</p>", 5000) + `<form><input></form>`, true},
	} {
		p, _ := ParsePath("form")
		tree, err := Parse("text/html", []byte(r.body))
		if got := tree.Get(p).Exists(); got != r.want || err != nil {
			t.Errorf("%.80s: got a form %v, %v, want %v", r.body, got, err, r.want)
		}
	}
}
