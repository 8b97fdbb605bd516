// A server of the Model Context Protocol with the authorization server of the same SDK. It
// prints the address that it listens on, and ends when its standard input does.
//
//     node mcp-server.mjs <origin> [legacy]
//
// A legacy one has no metadata, refuses without a challenge, and has answers of other
// servers to a dead refresh token.

import { randomUUID } from 'node:crypto'

import { InvalidGrantError, InvalidTokenError } from '@modelcontextprotocol/sdk/server/auth/errors.js'
import { authorizationHandler } from '@modelcontextprotocol/sdk/server/auth/handlers/authorize.js'
import { clientRegistrationHandler } from '@modelcontextprotocol/sdk/server/auth/handlers/register.js'
import { tokenHandler } from '@modelcontextprotocol/sdk/server/auth/handlers/token.js'
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js'
import { getOAuthProtectedResourceMetadataUrl, mcpAuthRouter } from '@modelcontextprotocol/sdk/server/auth/router.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import express from 'express'

const origin = new URL(process.argv[2] ?? 'http://localhost')
const legacy = process.argv[3] === 'legacy'

const clients = new Map()
const codes = new Map()
const accessTokens = new Map()
const refreshTokens = new Map()

function issue(clientId, scopes) {
  const tokens = { access_token: randomUUID(), refresh_token: randomUUID(), token_type: 'bearer', expires_in: 3600, scope: scopes.join(' ') }
  accessTokens.set(tokens.access_token, { token: tokens.access_token, clientId, scopes, expiresAt: Date.now() / 1000 + 3600 })
  refreshTokens.set(tokens.refresh_token, { clientId, scopes })
  return tokens
}

const provider = {
  clientsStore: {
    getClient: (id) => clients.get(id),
    registerClient(client) {
      clients.set(client.client_id, client)
      return client
    },
  },
  // The user allows everything, at once.
  async authorize(client, { redirectUri, codeChallenge, scopes, state }, res) {
    const code = randomUUID()
    codes.set(code, { codeChallenge, scopes: scopes ?? [] })
    const url = new URL(redirectUri)
    url.searchParams.set('code', code)
    if (state) url.searchParams.set('state', state)
    res.redirect(url.href)
  },
  async challengeForAuthorizationCode(_client, code) {
    if (!codes.has(code)) throw new InvalidGrantError('Invalid authorization code')
    return codes.get(code).codeChallenge
  },
  async exchangeAuthorizationCode(client, code) {
    const { scopes } = codes.get(code)
    codes.delete(code)
    return issue(client.client_id, scopes)
  },
  async exchangeRefreshToken(client, token) {
    const old = refreshTokens.get(token)
    if (old?.clientId !== client.client_id) throw new InvalidGrantError('Invalid refresh token')
    refreshTokens.delete(token)
    return issue(client.client_id, old.scopes)
  },
  async verifyAccessToken(token) {
    if (!accessTokens.has(token)) throw new InvalidTokenError('Invalid access token')
    return accessTokens.get(token)
  },
  async revokeToken(_client, { token }) {
    accessTokens.delete(token)
    refreshTokens.delete(token)
  },
}

// What servers answer to a refresh token that is dead, by the token.
const deadRefreshTokens = {
  'dead-denied': (res) => res.status(403).json({ error: 'access_denied', error_description: 'Unknown or invalid refresh token.' }),
  'dead-message': (res) => res.status(401).json({ message: 'Refresh token has expired' }),
  'dead-nested': (res) => res.status(400).json({ error: { code: 400, message: 'TOKEN_EXPIRED' } }),
  'dead-request': (res) => res.status(400).json({ error: 'invalid_request', error_description: 'The refresh token is expired or revoked.' }),
}

const app = express()
app.disable('etag')
const unlimited = { rateLimit: false }
if (legacy) {
  app.post('/token', express.urlencoded({ extended: false }), (req, res, next) => {
    const answer = deadRefreshTokens[req.body.refresh_token]
    if (answer) answer(res)
    else next()
  })
  app.use('/authorize', authorizationHandler({ provider, ...unlimited }))
  app.use('/token', tokenHandler({ provider, ...unlimited }))
  app.use('/register', clientRegistrationHandler({ clientsStore: provider.clientsStore, ...unlimited }))
} else {
  app.use(
    mcpAuthRouter({
      provider,
      issuerUrl: origin,
      resourceServerUrl: new URL('/mcp', origin),
      scopesSupported: ['read', 'admin'],
      authorizationOptions: unlimited,
      clientRegistrationOptions: unlimited,
      revocationOptions: unlimited,
      tokenOptions: unlimited,
    }),
  )
}

function requireLegacyAuth(req, res, next) {
  const token = req.headers.authorization?.split(' ')[1]
  if (accessTokens.has(token)) next()
  else res.status(401).json({ message: 'Unauthorized' })
}

const protect = (scope) =>
  legacy
    ? requireLegacyAuth
    : requireBearerAuth({
        verifier: provider,
        requiredScopes: [scope],
        resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(new URL('/mcp', origin)),
      })

async function answerMCP(req, res) {
  const server = new McpServer({ name: 'hello', version: '1' })
  server.registerTool('hello', {}, () => ({ content: [{ type: 'text', text: 'hello' }] }))
  server.registerTool('stop', {}, () => {
    throw new Error('access_denied: no more of this')
  })
  const transport = new StreamableHTTPServerTransport({})
  res.on('close', () => {
    transport.close()
    server.close()
  })
  await server.connect(transport)
  await transport.handleRequest(req, res, req.body)
}

const refuseMCP = (_req, res) => res.status(405).json({ jsonrpc: '2.0', error: { code: -32000, message: 'Method not allowed.' }, id: null })

for (const [path, scope] of [
  ['/mcp', 'read'],
  ['/mcp/admin', 'admin'],
]) {
  app.post(path, protect(scope), express.json(), answerMCP)
  app.all(path, protect(scope), refuseMCP)
}

const listener = app.listen(0, '127.0.0.1', () => console.log(`127.0.0.1:${listener.address().port}`))
process.stdin.on('end', () => process.exit(0)).resume()
