// Goes through what clients do at the certified identity provider, with the client
// libraries of its author, and writes what a program sees, a line a step:
//
//     node flows.mjs <issuer>

import * as oauth from 'oauth4webapi'
import * as client from 'openid-client'

import { errorOf } from './clients/openid-client.mjs'

const issuer = new URL(process.argv[2])
const options = { execute: [client.allowInsecureRequests] }
const redirectURI = 'http://localhost/cb'

async function step(name, work) {
  let result
  try {
    result = await work()
  } catch (err) {
    result = `${err.name} ${err instanceof client.AuthorizationResponseError ? err.error : (errorOf(err) ?? err.code ?? err.message)}`
  }
  console.log(`${name}: ${result}`)
}

const discover = (id, auth) => client.discovery(issuer, id, undefined, auth, options)

const header = await discover('header', client.ClientSecretBasic('secret'))
const body = await discover('body', client.ClientSecretPost('secret'))
const server = header.serverMetadata()

// A browser with cookies, which follows redirects as far as the client's page.
const cookies = new Map()
async function browse(url, form) {
  for (;;) {
    const response = await fetch(url, {
      method: form ? 'POST' : 'GET',
      body: form && new URLSearchParams(form),
      redirect: 'manual',
      headers: {
        Accept: 'text/html,*/*;q=0.8',
        'Sec-Fetch-Mode': 'navigate',
        Cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      },
    })
    form = undefined
    for (const cookie of response.headers.getSetCookie()) {
      const [name, value] = cookie.split(';')[0].split(/=(.*)/s)
      if (value) cookies.set(name, value)
      else cookies.delete(name)
    }
    const location = response.headers.get('location')
    if (!location) {
      await response.text()
      return { url, status: response.status }
    }
    url = new URL(location, url)
    if (url.href.startsWith(redirectURI)) return { url }
  }
}

async function authorize(parameters) {
  const verifier = client.randomPKCECodeVerifier()
  const url = client.buildAuthorizationUrl(header, {
    redirect_uri: redirectURI,
    scope: 'openid',
    state: 'a b+c',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...parameters,
  })
  let page = await browse(url)
  if (page.status) page = await browse(page.url, { prompt: 'login', login: 'peter', password: 'x' })
  if (page.status) page = await browse(page.url, { prompt: 'consent' })
  return client.authorizationCodeGrant(header, page.url, { pkceCodeVerifier: verifier, expectedState: 'a b+c' })
}

await step('no session', () => authorize({ prompt: 'none' }).then(() => 'a token'))
let tokens
await step('login', async () => (tokens = await authorize({})).claims().sub)
await step('userinfo', async () => (await client.fetchUserInfo(header, tokens.access_token, 'peter')).sub)
await step('userinfo with a bad token', () => client.fetchUserInfo(header, 'x', client.skipSubjectCheck))
await step('unknown response type', () => authorize({ response_type: 'magic' }).then(() => 'a token'))

await step('client credentials', async () => (await client.clientCredentialsGrant(header)).token_type)
await step('client credentials in the body', async () => (await client.clientCredentialsGrant(body)).token_type)
await step('wrong secret in the header', async () => client.clientCredentialsGrant(await discover('header', client.ClientSecretBasic('wrong'))))
await step('wrong secret in the body', async () => client.clientCredentialsGrant(await discover('body', client.ClientSecretPost('wrong'))))
await step('bad refresh token', () => client.refreshTokenGrant(header, 'x'))
await step('unknown grant type', () => client.genericGrantRequest(header, 'urn:x', {}))

await step('proof of possession', async () => {
  // The provider wants a nonce, which the library gets from the first answer.
  const DPoP = client.getDPoPHandle(header, await client.randomDPoPKeyPair('ES256'))
  return (await client.clientCredentialsGrant(header, {}, { DPoP })).token_type
})

let device
await step('device', async () => typeof (device = await client.initiateDeviceAuthorization(header, { scope: 'openid' })).user_code)
await step('device poll', async () => {
  const response = await oauth.deviceCodeGrantRequest(server, { client_id: 'header' }, oauth.ClientSecretBasic('secret'), device.device_code, {
    [oauth.allowInsecureRequests]: true,
  })
  return oauth.processDeviceCodeResponse(server, { client_id: 'header' }, response)
})
await step('device polls', async () => {
  // The library goes on as long as it is told to wait.
  const polls = client.pollDeviceAuthorizationGrant(header, { ...device, interval: 1 }, undefined, { signal: AbortSignal.timeout(2500) })
  await polls.catch((err) => {
    throw Object.assign(new Error(), { name: 'stopped by', message: err.cause?.name ?? err.name })
  })
})

await step('introspection', async () => `active ${(await client.tokenIntrospection(header, tokens.access_token)).active}`)
await step('introspection of a bad token', async () => `active ${(await client.tokenIntrospection(header, 'x')).active}`)
await step('revocation', async () => (await client.tokenRevocation(header, tokens.access_token)) ?? 'done')
await step('revocation of a bad token', async () => (await client.tokenRevocation(header, 'x')) ?? 'done')
await step('userinfo with a revoked token', () => client.fetchUserInfo(header, tokens.access_token, 'peter'))

await step('pushed request', async () => (await client.buildAuthorizationUrlWithPAR(header, { redirect_uri: redirectURI, scope: 'openid' })).searchParams.has('request_uri'))
await step('bad pushed request', () => client.buildAuthorizationUrlWithPAR(header, { redirect_uri: 'https://evil.test', scope: 'openid' }))
await step('registration', async () =>
  typeof (await client.dynamicClientRegistration(issuer, { redirect_uris: ['https://client.test/cb'] }, undefined, options)).clientMetadata().client_id,
)
await step('bad registration', () => client.dynamicClientRegistration(issuer, { redirect_uris: ['x'] }, undefined, options))
