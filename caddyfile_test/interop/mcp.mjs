// Connects to an MCP server as a program would, and writes where the SDK sends the user:
//
//     node mcp.mjs http://127.0.0.1:8080/mcp [token]
//
// The output is {"authorization", "how", "asked"}: the URL that the user would be sent to, or
// "", what was thrown, and the URLs that the SDK fetched on its way.

import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'

const [server, token] = process.argv.slice(2)
const seen = { authorization: '', how: '', asked: [] }

const authProvider = {
  redirectUrl: 'http://127.0.0.1/callback',
  clientMetadata: { client_name: 'example', redirect_uris: ['http://127.0.0.1/callback'] },
  clientInformation: () => ({ client_id: 'example' }),
  tokens: () => token && { access_token: token, token_type: 'Bearer' },
  saveTokens: () => {},
  saveCodeVerifier: () => {},
  codeVerifier: () => 'x'.repeat(43),
  redirectToAuthorization: (url) => { seen.authorization = url.href },
}

const fetchNoting = (url, options) => {
  seen.asked.push(String(url))
  return fetch(url, options)
}

try {
  await new Client({ name: 'example', version: '1.0.0' }).connect(new StreamableHTTPClientTransport(new URL(server), { authProvider, fetch: fetchNoting }))
  seen.how = 'connected'
} catch (e) {
  seen.how = e.constructor.name
}
process.stdout.write(JSON.stringify(seen))
