// The certified identity provider, with all that the tests ask for. It prints the
// address that it listens on, and ends when its standard input does.
//
//     node oidc-provider.mjs [issuer]

import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'

import Provider from 'oidc-provider'

const issuer = process.argv[2] ?? 'http://gateway.test'
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })

const redirect = {
  redirect_uris: ['http://localhost/cb'],
  application_type: 'native',
}

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'header',
      client_secret: 'secret',
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials', 'urn:ietf:params:oauth:grant-type:device_code', 'urn:openid:params:grant-type:ciba'],
      backchannel_token_delivery_mode: 'poll',
      scope: 'openid offline_access api',
      ...redirect,
    },
    {
      client_id: 'body',
      client_secret: 'secret',
      token_endpoint_auth_method: 'client_secret_post',
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials', 'urn:ietf:params:oauth:grant-type:device_code'],
      scope: 'openid offline_access api',
      ...redirect,
    },
    {
      client_id: 'public',
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token', 'implicit'],
      response_types: ['code', 'id_token'],
      scope: 'openid',
      redirect_uris: ['https://client.test/cb'],
    },
  ],
  clientDefaults: { id_token_signed_response_alg: 'ES256' },
  cookies: { keys: ['only of these tests'] },
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: '1', use: 'sig', alg: 'ES256' }] },
  scopes: ['openid', 'offline_access', 'api'],
  features: {
    ciba: {
      enabled: true,
      deliveryModes: ['poll'],
      processLoginHint: async (_ctx, hint) => (hint === 'peter' ? 'peter' : undefined),
      processLoginHintToken: async () => undefined,
      triggerAuthenticationDevice: async () => {},
      validateBindingMessage: async () => {},
      validateRequestContext: async () => {},
      verifyUserCode: async () => {},
    },
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: true },
    dPoP: { enabled: true, nonceSecret: Buffer.alloc(32), requireNonce: () => true },
    introspection: { enabled: true },
    pushedAuthorizationRequests: { enabled: true },
    registration: { enabled: true },
    registrationManagement: { enabled: true },
    requestObjects: { enabled: true },
    resourceIndicators: { enabled: true },
    revocation: { enabled: true },
  },
  findAccount: async (_ctx, accountId) => ({ accountId, claims: async () => ({ sub: accountId }) }),
  pkce: { required: (_ctx, client) => client.clientAuthMethod === 'none' },
})
provider.on('server_error', (_ctx, err) => console.error(err))

const server = createServer(provider.callback())
server.listen(0, '127.0.0.1', () => console.log(`127.0.0.1:${server.address().port}`))
process.stdin.on('end', () => process.exit(0)).resume()
