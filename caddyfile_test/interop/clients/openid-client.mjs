// openid-client gives the error of a body as ResponseBodyError.error. A challenge
// goes before the body: its error is cause[0].parameters.error.

import * as client from 'openid-client'
import { code, headers, id, redirectURI, secret, seen, succeeded } from './client.mjs'

function configure(call) {
  const auth = call.auth === 'basic' ? client.ClientSecretBasic(secret) : client.ClientSecretPost(secret)
  const server = { issuer: new URL(call.tokenURL).origin, token_endpoint: call.tokenURL }
  const config = new client.Configuration(server, id, { redirect_uris: [redirectURI] }, auth)
  client.allowInsecureRequests(config)
  config[client.customFetch] = (url, options) => fetch(url, { ...options, headers: { ...options.headers, ...headers(call) } })
  return config
}

export async function ask(call) {
  try {
    await client.authorizationCodeGrant(configure(call), new URL(`${redirectURI}?code=${code}`))
    return succeeded
  } catch (err) {
    return seen(err, errorOf(err))
  }
}

// poll goes on as long as the library does, at most until a second poll.
export async function poll(call) {
  const device = { device_code: code, user_code: 'WDJB-MJHT', verification_uri: 'https://client.test', expires_in: 60, interval: 1 }
  const signal = AbortSignal.timeout(2500)
  try {
    await client.pollDeviceAuthorizationGrant(configure(call), device, undefined, { signal })
    return succeeded
  } catch (err) {
    return signal.aborted ? { error: '', how: 'still polling' } : seen(err, errorOf(err))
  }
}

// errorOf is what its documentation has programs do.
export function errorOf(err) {
  if (err instanceof client.ResponseBodyError) return err.error
  if (err instanceof client.WWWAuthenticateChallengeError) return err.cause[0].parameters.error
}
