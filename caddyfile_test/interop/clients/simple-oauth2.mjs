// simple-oauth2 throws an error of its HTTP library, with the parsed body as
// data.payload.

import { AuthorizationCode } from 'simple-oauth2'
import { code, headers, id, redirectURI, secret, seen, succeeded } from './client.mjs'

export async function ask(call) {
  const { origin, pathname } = new URL(call.tokenURL)
  const client = new AuthorizationCode({
    client: { id, secret },
    auth: { tokenHost: origin, tokenPath: pathname },
    http: { headers: headers(call) },
    options: { authorizationMethod: call.auth === 'basic' ? 'header' : 'body' },
  })
  try {
    await client.getToken({ code, redirect_uri: redirectURI })
    return succeeded
  } catch (err) {
    return seen(err, err.data?.payload?.error)
  }
}
