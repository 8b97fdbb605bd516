package guess

import (
	"net/http"
	"strings"
)

// sign is a header field that reveals the software or the owner of a server without
// naming the provider. Servers send these fields with every answer, so documents and the
// examples made from them leave them out.
type sign struct {
	field     string // in its canonical form
	contains  string // part of the value, in lower case; empty for any value
	says      string // the reason to show
	providers []string
}

// signs are the signs of runtimes and of providers.
var signs = []sign{
	{"X-Runtime", "", "Ruby on Rails", []string{"doorkeeper", "gitlab", "fitbit", "strava", "twitch"}},
	{"X-Powered-By", "express", "Express", []string{"express", "express-oauth-server", "oauth2orize", "mcp-sdk", "better-auth", "nestjs", "oidc-provider"}},
	{"X-Powered-By", "php", "PHP", []string{"bshaffer", "league-oauth2-server", "laravel-passport", "symfony", "simplesamlphp", "wordpress-jwt"}},
	{"X-Powered-By", "asp.net", "ASP.NET", []string{"aspnet", "identityserver", "openiddict"}},
	{"X-Powered-By", "servlet", "Java servlets", []string{"spring-boot", "spring-security", "wso2", "mitreid", "cas", "forgerock", "ibm", "oracle", "siteminder"}},
	{"X-Aspnet-Version", "", "ASP.NET", []string{"aspnet", "identityserver", "openiddict"}},
	{"Server", "kestrel", "Kestrel", []string{"aspnet", "identityserver", "openiddict"}},
	{"Server", "microsoft-httpapi", "HTTP.sys of Windows", []string{"adfs", "azure-apim"}},
	{"Server", "werkzeug", "Werkzeug", []string{"authlib", "flask-jwt-extended"}},
	{"Server", "uvicorn", "Uvicorn", []string{"fastapi", "authlib"}},
	{"Server", "gunicorn", "Gunicorn", []string{"drf", "django-oauth-toolkit", "flask-jwt-extended", "authlib", "authentik", "fastapi"}},
	{"Server", "wsgiserver", "the server of Django", []string{"drf", "django-oauth-toolkit"}},
	{"Server", "openresty", "OpenResty", []string{"kong", "apisix", "nginx"}},
	{"Server", "gse", "a server of Google", []string{"google", "firebase"}},
	{"Server", "esf", "a server of Google", []string{"google", "firebase"}},
	{"Server", "scaffolding on httpserver2", "a server of Google", []string{"google", "firebase"}},
	{"Server", "awselb", "a load balancer of AWS", []string{"aws-alb"}},
	{"Server", "cloudflare", "Cloudflare", []string{"cloudflare"}},
	{"Server", "big-ip", "BIG-IP", []string{"f5"}},
	{"Server", "volt-adc", "F5 Distributed Cloud", []string{"f5"}},
	{"Server", "akamaighost", "Akamai", []string{"akamai-edge"}},
	{"Set-Cookie", "jsessionid=", "Java servlets", []string{"spring-boot", "spring-security", "wso2", "mitreid", "cas", "forgerock"}},
	{"Set-Cookie", "laravel_session=", "Laravel", []string{"laravel-passport"}},
	{"Set-Cookie", "fpc=", "a sign-in server of Microsoft", []string{"entra"}},
	{"Set-Cookie", "auth_session_id=", "Keycloak", []string{"keycloak"}},
	{"X-Ms-Request-Id", "", "a service of Microsoft", []string{"entra", "azure-apim"}},
	{"X-Ms-Ests-Server", "", "a sign-in server of Microsoft", []string{"entra"}},
	{"X-Amzn-Requestid", "", "a service of AWS", []string{"cognito", "aws-apigateway", "amazon-lwa"}},
	{"X-Amzn-Errortype", "", "a service of AWS", []string{"cognito", "aws-apigateway", "amazon-lwa"}},
	{"Apigw-Requestid", "", "API Gateway of AWS", []string{"aws-apigateway"}},
	{"X-Amz-Apigw-Id", "", "API Gateway of AWS", []string{"aws-apigateway"}},
	{"X-Amz-Cf-Id", "", "CloudFront", []string{"aws-cloudfront"}},
	{"X-Fb-Trace-Id", "", "Facebook", []string{"facebook"}},
	{"X-Fb-Debug", "", "Facebook", []string{"facebook"}},
	{"X-Li-Uuid", "", "LinkedIn", []string{"linkedin"}},
	{"X-Zm-Trackingid", "", "Zoom", []string{"zoom"}},
	{"Intuit_tid", "", "Intuit", []string{"intuit"}},
	{"X-Shopid", "", "Shopify", []string{"shopify"}},
	{"Paypal-Debug-Id", "", "PayPal", []string{"paypal"}},
	{"Atl-Traceid", "", "Atlassian", []string{"atlassian", "bitbucket"}},
	{"X-Vcap-Request-Id", "", "Cloud Foundry", []string{"spring-security", "spring-boot"}},
	{"X-Correlationid", "", "OneLogin or PingOne", []string{"onelogin", "pingone"}},
	{"X-Openam-Realm", "", "OpenAM", []string{"forgerock"}},
	{"X-Iinfo", "", "Imperva", []string{"imperva"}},
	{"X-Envoy-Upstream-Service-Time", "", "Envoy", []string{"envoy", "istio"}},
}

// signed is a sign with the providers of an index.
type signed struct {
	*sign
	of []int32
}

// fits reports whether the header has the sign.
func (s *sign) fits(h http.Header) bool {
	for _, value := range h[s.field] {
		if strings.Contains(strings.ToLower(value), s.contains) {
			return true
		}
	}
	return false
}
