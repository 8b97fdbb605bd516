// oauth4webapi gives the error of a body as ResponseBodyError.error. A challenge
// goes before the body: its error is cause[0].parameters.error.

import * as oauth from 'oauth4webapi'
import { code, headers, id, redirectURI, secret, seen, succeeded } from './client.mjs'

export async function ask(call) {
  const server = { issuer: new URL(call.tokenURL).origin, token_endpoint: call.tokenURL }
  const client = { client_id: id }
  const auth = call.auth === 'basic' ? oauth.ClientSecretBasic(secret) : oauth.ClientSecretPost(secret)
  try {
    const params = oauth.validateAuthResponse(server, client, new URLSearchParams({ code }), oauth.expectNoState)
    const response = await oauth.authorizationCodeGrantRequest(server, client, auth, params, redirectURI, oauth.nopkce, {
      headers: new Headers(headers(call)),
      [oauth.allowInsecureRequests]: true,
    })
    await oauth.processAuthorizationCodeResponse(server, client, response)
    return succeeded
  } catch (err) {
    return seen(err, errorOf(err))
  }
}

// errorOf is what its documentation has programs do.
export function errorOf(err) {
  if (err instanceof oauth.ResponseBodyError) return err.error
  if (err instanceof oauth.WWWAuthenticateChallengeError) return err.cause[0].parameters.error
}
