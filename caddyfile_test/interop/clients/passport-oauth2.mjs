// passport-oauth2 gives the error of a body that it can read as code of a
// TokenError. Anything else is an InternalOAuthError with the status and the text
// of the body, for logs only.

import OAuth2Strategy from 'passport-oauth2'
import { code, headers, id, redirectURI, secret, seen, succeeded } from './client.mjs'

export function ask(call) {
  const basic = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
  const strategy = new OAuth2Strategy(
    {
      authorizationURL: 'https://gateway.test/authorize',
      tokenURL: call.tokenURL,
      clientID: id,
      clientSecret: secret,
      callbackURL: redirectURI,
      // The strategy knows credentials in the body only; programs add the header so.
      customHeaders: { ...headers(call), ...(call.auth === 'basic' && { Authorization: basic }) },
    },
    (_accessToken, _refreshToken, _profile, done) => done(null, {}),
  )
  return new Promise((resolve) => {
    strategy.success = () => resolve(succeeded)
    strategy.fail = (challenge) => resolve({ error: '', how: `fail ${JSON.stringify(challenge)}` })
    strategy.error = (err) => resolve(seen(err, err instanceof OAuth2Strategy.TokenError && err.code))
    strategy.authenticate({ query: { code } })
  })
}
