package registry

// Unit is the unit of the time in a [Retry].
type Unit uint8

// The units.
const (
	// UnitAny is a number of seconds, a time in seconds or milliseconds since 1970, a
	// date, or a duration such as 1m30s. The value shows which.
	UnitAny Unit = iota
	// UnitMilliseconds is a number of milliseconds to wait.
	UnitMilliseconds
)

// Retry is a header field or member with the time to wait before a retry.
type Retry struct {
	Name string
	Unit Unit
}

// RetryFields are the header fields with the time to wait, besides Retry-After (RFC 9110
// §10.2.3), the most reliable first. Fields of rate limits are on other errors too, so
// they count only beside a status that asks to wait.
var RetryFields = []Retry{
	{"Retry-After-Ms", UnitMilliseconds},            // OpenAI, Azure OpenAI
	{"X-Retry-After-Ms", UnitMilliseconds},          // home-made servers
	{"X-Ms-Retry-After-Ms", UnitMilliseconds},       // Azure Cosmos DB and Storage
	{"X-Retry-After", UnitAny},                      // Docker Hub, Duo
	{"X-Ratelimit-Retry-After", UnitAny},            // Addepar, Help Scout, MailerLite
	{"X-Ratelimit-Retryafter", UnitAny},             // CrowdStrike
	{"X-Ratelimit-Reset-After", UnitAny},            // Discord
	{"X-Ratelimit-Reset-Ms", UnitMilliseconds},      // home-made servers
	{"X-Ratelimit-Reset", UnitAny},                  // GitHub, Accelo and many more
	{"Ratelimit-Reset", UnitAny},                    // draft-ietf-httpapi-ratelimit-headers
	{"X-Rate-Limit-Reset", UnitAny},                 // Okta, Twitter
	{"X-Ratelimit-Resettime", UnitAny},              // GitLab
	{"Ratelimit-Resettime", UnitAny},                // GitLab
	{"X-Ratelimit-Reset-Requests", UnitAny},         // OpenAI, Groq
	{"X-Ratelimit-Requests-Reset", UnitAny},         // Linear
	{"X-Ratelimit-Minutely-Reset", UnitAny},         // Exact Online
	{"Anthropic-Ratelimit-Requests-Reset", UnitAny}, // Anthropic
	{"Anthropic-Ratelimit-Unified-Reset", UnitAny},  // Anthropic
	{"X-Sib-Ratelimit-Reset", UnitAny},              // Brevo
	{"X-Contentful-Ratelimit-Reset", UnitAny},       // Contentful
	{"X-Aircallapi-Reset", UnitAny},                 // Aircall
	{"X-Cloudtalkapi-Resettime", UnitAny},           // CloudTalk
	{"X-Toggl-Quota-Resets-In", UnitAny},            // Toggl
	{"X-Mws-Quota-Resetson", UnitAny},               // Amazon MWS
}

// RetryMembers are the paths of members with the time to wait.
var RetryMembers = []Retry{
	{"retry_after", UnitAny}, {"retry_after_seconds", UnitAny}, {"retry_after_ms", UnitMilliseconds},
	{"error.retry_after", UnitAny}, {"error.retry_after_ms", UnitMilliseconds}, {"error.resets_in_seconds", UnitAny},
	{"parameters.retry_after", UnitAny}, {"detail.retry_after", UnitAny}, {"details.retry_after", UnitAny}, {"data.retry_after", UnitAny}, {"meta.retry_after", UnitAny},
	{"msBeforeNext", UnitMilliseconds}, {"available_in", UnitAny}, {"retry_in", UnitAny},
}
