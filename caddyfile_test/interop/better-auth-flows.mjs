// Goes through what a page does at an application made with better-auth, with the client
// library of better-auth, and what the clients of its identity provider do, with
// openid-client. It writes what a program sees, a line a step:
//
//     node better-auth-flows.mjs <origin>

import { createAuthClient } from 'better-auth/client'
import * as client from 'openid-client'

import { errorOf } from './clients/openid-client.mjs'

const origin = process.argv[2]
const api = `${origin}/api/auth`
const redirectURI = 'https://client.test/cb'

async function step(name, work) {
  let result
  try {
    result = await work()
  } catch (err) {
    result = `${err.name} ${[errorOf(err) ?? err.code ?? err.message, err.error_description].filter(Boolean).join(', ')}`
  }
  console.log(`${name}: ${result}`)
}

const page = createAuthClient({ baseURL: origin, fetchOptions: { headers: { Origin: origin } } })
const peter = { name: 'Peter', email: 'peter@client.test', password: 'correct horse' }

let cookies
async function signing(work) {
  const { data, error } = await work({
    onSuccess({ response }) {
      cookies = response.headers.getSetCookie().map((cookie) => cookie.split(';')[0]).join('; ')
    },
  })
  return error ? `${error.status} ${error.code}, ${error.message}` : `signed in as ${data.user.name}`
}

await step('sign-in, nobody', () => signing((o) => page.signIn.email(peter, o)))
await step('sign-up, short password', () => signing((o) => page.signUp.email({ ...peter, password: 'x' }, o)))
await step('sign-up, bad address', () => signing((o) => page.signUp.email({ ...peter, email: 'x' }, o)))
await step('sign-up', () => signing((o) => page.signUp.email(peter, o)))
await step('sign-up again', () => signing((o) => page.signUp.email(peter, o)))
await step('sign-in, wrong password', () => signing((o) => page.signIn.email({ ...peter, password: 'wrong horse' }, o)))
await step('reset, bad token', () => signing((o) => page.resetPassword({ newPassword: 'correct horses', token: 'x' }, o)))
await step('change of a password without a session', () => signing((o) => page.changePassword({ currentPassword: 'x', newPassword: 'correct horses' }, o)))
await step('sign-in', () => signing((o) => page.signIn.email(peter, o)))

async function post(path, body, headers) {
  const response = await fetch(api + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Origin: origin, Cookie: cookies, ...headers },
    body: JSON.stringify(body),
  })
  return response.json()
}

const registered = await post('/oauth2/create-client', {
  client_name: 'tests',
  redirect_uris: [redirectURI],
  grant_types: ['authorization_code', 'refresh_token', 'client_credentials', 'urn:ietf:params:oauth:grant-type:device_code'],
  scope: 'openid offline_access',
})
const options = { execute: [client.allowInsecureRequests] }
const discover = (id, auth) => client.discovery(new URL(api), id, undefined, auth, options)
const header = await discover(registered.client_id, client.ClientSecretBasic(registered.client_secret))
const wrongHeader = await discover(registered.client_id, client.ClientSecretBasic('wrong'))
const wrongBody = await discover(registered.client_id, client.ClientSecretPost('wrong'))

async function login(scope, changes) {
  const verifier = client.randomPKCECodeVerifier()
  const url = client.buildAuthorizationUrl(header, {
    redirect_uri: redirectURI,
    scope,
    state: 'a b+c',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...changes,
  })
  // To a script the server tells in JSON where it would have redirected to.
  const response = await fetch(url, { headers: { Cookie: cookies } })
  let next = new URL((await response.json()).url, origin)
  if (next.pathname === '/consent') {
    next = new URL((await post('/oauth2/consent', { accept: true, oauth_query: next.search.slice(1) })).url)
  }
  if (next.searchParams.has('error')) return `${next.origin === origin ? next.pathname : 'client'} is told ${next.searchParams.get('error')}`
  return client.authorizationCodeGrant(header, next, { pkceCodeVerifier: verifier, expectedState: 'a b+c' })
}

let tokens
await step('login', async () => typeof (tokens = await login('openid offline_access')).refresh_token)
await step('login for an unknown scope', () => login('openid everything'))
await step('login for an unknown response type', () => login('openid', { response_type: 'magic' }))
await step('login for a foreign redirect URI', () => login('openid', { redirect_uri: 'https://evil.test/cb' }))
await step('userinfo', async () => typeof (await client.fetchUserInfo(header, tokens.access_token, client.skipSubjectCheck)).sub)
await step('userinfo with a bad token', () => client.fetchUserInfo(header, 'x', client.skipSubjectCheck))
await step('refresh', async () => typeof (await client.refreshTokenGrant(header, tokens.refresh_token)).access_token)
await step('used refresh token', () => client.refreshTokenGrant(header, tokens.refresh_token))
await step('bad refresh token', () => client.refreshTokenGrant(header, 'x'))
await step('wrong secret in the header', () => client.clientCredentialsGrant(wrongHeader))
await step('wrong secret in the body', () => client.clientCredentialsGrant(wrongBody))
await step('client credentials for an unknown scope', () => client.clientCredentialsGrant(header, { scope: 'everything' }))
await step('unknown grant type', () => client.genericGrantRequest(header, 'urn:x', {}))
let device
await step('device', async () => typeof (device = await client.initiateDeviceAuthorization(header, { scope: 'openid' })).user_code)
await step('device poll', async () => {
  const polls = client.pollDeviceAuthorizationGrant(header, { ...device, interval: 1 }, undefined, { signal: AbortSignal.timeout(2500) })
  await polls.catch((err) => {
    throw Object.assign(new Error(), { name: 'stopped by', message: errorOf(err) ?? err.cause?.name ?? err.name })
  })
})
await step('device poll with a bad code', () => client.genericGrantRequest(header, 'urn:ietf:params:oauth:grant-type:device_code', { device_code: 'x' }))
await step('introspection', async () => `active ${(await client.tokenIntrospection(header, 'x')).active}`)
await step('introspection with a wrong secret', () => client.tokenIntrospection(wrongHeader, 'x'))
await step('revocation of a bad token', async () => (await client.tokenRevocation(header, 'x')) ?? 'done')
await step('registration by nobody', () => client.dynamicClientRegistration(new URL(api), { redirect_uris: [redirectURI] }, undefined, options))
