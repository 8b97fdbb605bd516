// Lets the auth function of the MCP SDK refresh a token, and writes what it does about each answer:
//
//     node mcp-refresh.mjs <answers.json
//
// The input is a list of {"status", "body"}, and the output one of "keep", "sign in" and "register".

import { text } from 'node:stream/consumers'
import { auth } from '@modelcontextprotocol/sdk/client/auth.js'

const issuer = 'https://idp.example'
const clientMetadata = { client_name: 'example', redirect_uris: ['http://127.0.0.1/callback'] }
const metadata = {
  issuer, authorization_endpoint: issuer + '/authorize', token_endpoint: issuer + '/token', registration_endpoint: issuer + '/register',
  response_types_supported: ['code'], code_challenge_methods_supported: ['S256'],
}

// fetchFrom is a server that refuses every refresh with one answer.
const fetchFrom = (answer) => async (url) => {
  const { pathname } = new URL(url)
  if (pathname === '/token') return new Response(answer.body || null, { status: answer.status })
  if (pathname === '/register') return Response.json({ ...clientMetadata, client_id: 'new' }, { status: 201 })
  return pathname === '/.well-known/oauth-authorization-server' ? Response.json(metadata) : new Response('', { status: 404 })
}

async function moveOn (answer) {
  let move = 'keep'
  let client = { client_id: 'old', redirect_uris: clientMetadata.redirect_uris, issuer }
  let tokens = { access_token: 'a', token_type: 'Bearer', refresh_token: 'r', issuer }
  const provider = {
    redirectUrl: clientMetadata.redirect_uris[0],
    clientMetadata,
    clientInformation: () => client,
    saveClientInformation: (c) => { client = c; move = 'register' },
    tokens: () => tokens,
    saveTokens: () => {},
    saveCodeVerifier: () => {},
    codeVerifier: () => 'x'.repeat(43),
    redirectToAuthorization: () => { if (move === 'keep') move = 'sign in' },
    invalidateCredentials: (what) => {
      tokens = undefined
      if (what === 'all') client = undefined
    },
  }
  await auth(provider, { serverUrl: issuer, fetchFn: fetchFrom(answer) }).catch(() => {})
  return move
}

const moves = []
for (const answer of JSON.parse(await text(process.stdin))) moves.push(await moveOn(answer))
process.stdout.write(JSON.stringify(moves))
