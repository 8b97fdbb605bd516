package normalizer

import "strings"

// nounKind says which values may follow a noun.
type nounKind uint16

const (
	secretNoun nounKind = 1 << iota // a token and the like: one word
	phraseNoun                      // a password and the like: any words
	digitNoun                       // a one-time code: digits too
	weakNoun                        // a word that is seldom a secret: only random values
	publicNoun                      // an identifier for support: never a secret by its look
	schemeNoun                      // an authentication scheme: a noun even as a value
	bareCode                        // "code", which is also the code of an error
	personNoun                      // a login: any word, if it is assigned
	headNoun                        // a word that the word before makes a noun: see nounHeads
	cardNoun                        // the check number of a card: three or four digits
)

// secretNouns are words behind which a value may be the thing itself, in lower
// case, without hyphens and underscores.
var secretNouns = nounTable(map[nounKind]string{
	secretNoun: `token accesstoken refreshtoken idtoken idtokenhint jwt assertion clientassertion
		verifier codeverifier devicecode usercode authcode authorizationcode grantcode authreqid ticket tgt apikey xapikey accesskey
		privatekey secretkey subscriptionkey oauthtoken sessionid sessid phpsessid jsessionid aspsessionid connectsid cookie setcookie csrftoken
		xsrftoken requesturi ticketgrantingticket zugriffstoken aktualisierungstoken jeton токен`,
	phraseNoun: `password passwd passphrase pwd secret clientsecret consumersecret passwort kennwort passe contrasena senha wachtwoord
		parola clientpassword passwords clave haslo heslo losenord adgangskode passord salasana sifre jelszo пароль`,
	digitNoun: `otp otpcode totp totpcode hotp pin passcode mfacode verificationcode confirmationcode recoverycode activationcode
		onetimepassword onetimecode onetimepasscode bindingcode tan einmalpasswort einmalcode bestatigungscode verifizierungscode
		sicherheitscode verificacion verificacao verifica confirmacion confirmacao conferma securite seguridad seguranca sicurezza
		код verification ssn socialsecuritynumber`,
	cardNoun:                       `cvv cvv2 cvc cvc2 csc`,
	weakNoun | headNoun:            `key`,
	headNoun:                       `id number uri`,
	weakNoun:                       `session sid signature oauthsignature nonce oauthnonce csrf xsrf state card iban authorization proxyauthorization accesskeyid`,
	weakNoun | bareCode | headNoun: `code`,
	secretNoun | schemeNoun:        `bearer basic dpop negotiate`,
	personNoun:                     `loginhint pass pw psw passw`,
	publicNoun: `clientid appid requestid traceid correlationid errorid logid eventid incidentid reqid xrequestid kid userid tenantid
		fbtraceid traceparent errorcode errorsubcode statuscode timestamp rayid reference version resultcode responsecode client app application
		tenant directory`,
})

// wideNouns are nouns of scripts without spaces, which stand anywhere in a word.
var wideNouns = []struct {
	noun string
	kind nounKind
}{
	{"令牌", secretNoun}, {"トークン", secretNoun}, {"토큰", secretNoun},
	{"密码", phraseNoun}, {"密碼", phraseNoun}, {"パスワード", phraseNoun}, {"비밀번호", phraseNoun},
	{"验证码", digitNoun}, {"驗證碼", digitNoun}, {"認証コード", digitNoun}, {"確認コード", digitNoun}, {"인증번호", digitNoun},
}

// nounHeads are last words of a noun, with the words before them that give their kind.
var nounHeads = map[string]map[string]nounKind{
	"code": merge(
		heads(digitNoun, `verification confirmation activation recovery backup security sms mfa 2fa factor totp otp time onetime passcode login reset authenticator
			phone email pairing pass magic`),
		heads(secretNoun, `auth authorization authorisation grant device user invitation`),
		heads(publicNoun, `error errors status response result reason fault problem sub http country language`)),
	"key": merge(
		heads(secretNoun, `api access private secret subscription license encryption`),
		heads(publicNoun, `public array`)),
	"id":     merge(heads(secretNoun, `session sso`), heads(secretNoun|weakNoun, `key`)),
	"number": heads(digitNoun, `card account phone telephone mobile cell security`),
	"uri":    heads(secretNoun, `request`),
}

// notNouns are words behind a noun that make it part of another name.
var notNouns = wordSet(`type types endpoint endpoints url format length lifetime policy policies method methods version class exception
	error errors scope scopes audience issuer hint algorithm requirements field parameter name names`)

// linkingWords are words that may stand between a noun and its value.
var linkingWords = wordSet(`is was were are be been has have had the a an of for your our this that it value values with within but and or
	provided given supplied sent submitted entered typed received presented passed used using expired invalid invalidated revoked not no
	found unknown wrong incorrect bad malformed missing mismatch unrecognized unrecognised recognized recognised rejected refused denied
	already does did exist exists match id string but got to by in you we header - -- number hash sha sum digits
	well formed so s could cannot decode decoded parse parsed read verify verified
	de del della di du le la el il ist war der die das ungultig ungultige ungultiges falsch falsche falsches fehler est es incorrecta
	incorrecto invalida invalido invalide incorrect incorrecte errato errata errada неверный неверный недействительный
	d acces`)

// pairValues are names of members with the value of what another member names.
var pairValues = wordSet(`value rejectedvalue attemptedvalue inputvalue input`)

// stateWords may follow an equals sign instead of a value.
var stateWords = wordSet(`null nil undefined none true false required missing invalid empty expired value unknown string redacted hidden
	removed optional yes no custom name pair`)

// plainWords are words that texts about errors are made of, besides the nouns and
// linking words: they are no secret where a secret could be any word.
var plainWords = wordSet(`able about absent abuse accept accepted access accessed accessible account accounts action active add added
	additional address administrator admin after again ago algorithm alias all allow allowed alphabet alphanumeric already also am among
	amount another any app appid application applications approval approved argument as ask asserted assertion assigned associated at
	attached attempt attempts attribute audience auth authenticate authenticated authentication authenticator authorization authorize
	authorized available back backend base base64 base64url basic be because bearer been before being belong belongs between binding bit
	blacklisted blank block blocked body both breached bound browser build built bytes byte cache call callback called caller can cannot
	cancelled canceled capital case certificate chain challenge change changed char character characters check checked choose claim claims
	client clients clock closed code codes collection comes common complete complexity component components compromised computed config
	configuration configured confirm confirmation confirmed conflict connect connection consent console constraint consumed consumer
	contact contain contained contains content context convert correct could couldn create created credential credentials criteria crypto
	current currently custom data database date day days decode decoded decoding decrypt decrypted decryption default delete deleted
	deprecated describe detail details detected device dictionary did didn difference different differs digest digit direct directory
	disabled disallowed discarded do doc docs document documentation doesn domain don down due during each earlier easy either email empty
	enabled encoded encoding encrypted end endpoint ended enough ensure enter entity entry equal equals err error errors even every exactly
	example exceed exceeded exceeds exception exchange exchanged exist existing expect expected expecting expiration expire expires expiry
	explicit expression external factor fail fails failure failing false family fatal fault fetch few field fields file first flow follow
	following forbidden form format formatted forbid from full fully future generate generated get getting go grant granted group guess
	guessable hash having header headers here higher hint hints history hmac holder host hour hours how http https identical identifier
	identity if ignored illegal immediately implicit inactive include included includes incoming incorrectly information initial input
	insecure inside insufficient integrity internal into introspection invalidation invocation issue issued issuer issues item its
	json jwe jwk jwks jws keys kid kind known last later least left length less letter letters level lifetime like limit link list load
	local locally located location locked log login logged logout long longer look lookup loop lost lower lowercase made mail maintenance
	make malformed many mapping matched matches matching max maximum may maybe member message meet met method might min minimum minute
	minutes mismatched mismatching mode modified more most moved much multiple must mutual mixed my name named names need needed needs
	never new next non none nonexistent nor nothing now null numbers numeric oauth oauth2 object obtain obsolete occurred off offline
	oidc old once one only opaque open openid operation option optional order original other otherwise out outside over own owner page pair
	param parameter parameters params parse parsed parsing part parts party past path pattern payload pending per period permission
	permissions permitted personal persisted phone pkce place plain please point policy pool position possible possibly post prefix
	previous previously private problem process processed profile prohibited proof proper properly property protected protocol prove
	public purpose query quota random range rate reached read reading realm reason reauth reauthenticate received recent recently record
	redeemed redirect redirection refresh refreshed regex region register registered registration regular reject related remaining
	remember remove removed repeated replaced replay replayed request requested requests require required requirement requirements requires
	reset resolve resource resources response rest restricted result retired retries retrieve retry return returned returns reuse reused
	revocation revoke right role rotated rotation route row rule run same saml schema scheme scope scopes second seconds secure security
	see segment segments select self sender separated separator serial serialize serialized server service services session sessions set
	settings several shall short shorter should show sign signed signer since sign-in signin similar simple single six size skew small so
	some something sorry special specified specify stale standard start started state status still stolen storage store stored strength
	strong sub subject subscription success successful such suffix suitable supplied support supported suspended symbol symbols syntax
	system take taken target temporary tenant terminated test text than their them then there these they thing third those through time timed
	timeout times timestamp today together tokens too top total transport tried trim trimmed true trusted try twice two type types unable
	unauthorized unauthenticated unavailable undefined unexpected unique until unset unsigned unsupported untrusted up update updated upper
	uppercase uri url usable usage use user username users uses utf utc valid validate validated validation validity variable various verb
	verification verified verifier version via view violated wait wants warning way weak well went were what when where whether which
	while whitespace who whose why will window without word words would write written yet yourself zero
	application authcode redirect unauthorised authorised successfully unreadable unverified unparsable unparseable undecodable
	tampered stateless rolled forged iss sub aud exp nbf iat jti azp typ alg amr acr cnf htm htu ath`)

// technicalWords have digits, but are names of techniques.
var technicalWords = wordSet(`base64 base64url base58 sha1 sha256 sha384 sha512 sha-1 sha-256 sha-384 sha-512 hmac-sha1 hmac-sha256 hs256
	hs384 hs512 rs256 rs384 rs512 es256 es384 es512 ps256 ps384 ps512 s256 md5 ed25519 eddsa x25519 p256 p-256 secp256k1 aes128 aes256
	aes-256-gcm a256gcm rsa-sha1 oauth1 oauth2 oauth2.0 oauth1.0 saml2 saml11 saml2.0 x509 x.509 pkcs1 pkcs8 pkcs12 utf8 utf-8 utf-16
	iso-8859-1 http2 http3 tls12 tls13 rfc6749 rfc6750 rfc7519 rfc7523 2fa u2f fido2 win32 ipv4 ipv6 oauth20 openid2 v1.0 v2.0`)

// unitWords behind digits make them an amount.
var unitWords = wordSet(`second seconds sec secs s minute minutes min mins hour hours h day days week weeks month months ms millisecond
	milliseconds byte bytes character characters chars digit digits time times attempt attempts bits bit requests tokens of`)

// secretPrefixes start keys and tokens of well-known providers. The text behind them must
// be as long as a short token.
var secretPrefixes = []string{
	"sk_live_", "sk_test_", "rk_live_", "rk_test_", "whsec_", "sk-", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-",
	"gldt-", "xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxe-", "xapp-", "ya29.", "1//0", "4/0A", "AKIA", "ASIA", "EAAG", "EAAC", "EAAB",
	"AIza", "SG.", "shpat_", "shpss_", "shpca_", "npm_", "pypi-", "hvs.", "hvb.", "dop_v1_", "PMAK-", "eyJ",
}

func nounTable(kinds map[nounKind]string) map[string]nounKind {
	table := map[string]nounKind{}
	for kind, words := range kinds {
		for word := range strings.FieldsSeq(words) {
			table[word] = kind
		}
	}
	return table
}

func heads(kind nounKind, words string) map[string]nounKind {
	return nounTable(map[nounKind]string{kind: words})
}

func merge(tables ...map[string]nounKind) map[string]nounKind {
	all := map[string]nounKind{}
	for _, table := range tables {
		for word, kind := range table {
			all[word] = kind
		}
	}
	return all
}

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		set[word] = true
	}
	return set
}
