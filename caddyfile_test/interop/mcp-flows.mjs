// Goes through what a client of the Model Context Protocol does, with the client of the
// SDK, and writes what it did of its own, a line a step: what it asked of the program that
// it is part of, and how the step ended.
//
//     node mcp-flows.mjs <origin> [legacy]

import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'

const origin = process.argv[2]
const legacy = process.argv[3] === 'legacy'
const redirectURI = 'http://localhost/cb'

// A program that has the SDK ask for authorization: it keeps what it is given to keep, and
// notes what the SDK wants of it.
class Program {
  constructor({ client, tokens } = {}) {
    this.client = client
    this.saved = tokens
    this.did = []
  }
  redirectUrl = redirectURI
  clientMetadata = { client_name: 'tests', redirect_uris: [redirectURI], token_endpoint_auth_method: 'none' }
  clientInformation() {
    return this.client
  }
  saveClientInformation(client) {
    if (client.client_id !== this.client?.client_id) this.did.push('registers')
    this.client = client
  }
  tokens() {
    return this.saved
  }
  saveTokens(tokens) {
    this.did.push('saves tokens')
    this.saved = tokens
  }
  saveCodeVerifier(verifier) {
    this.verifier = verifier
  }
  codeVerifier() {
    return this.verifier
  }
  redirectToAuthorization(url) {
    const { scope } = Object.fromEntries(url.searchParams)
    this.did.push(`opens the browser${scope ? ` for ${scope}` : ''}`)
    this.page = url
  }
  invalidateCredentials(what) {
    this.did.push(`forgets ${what}`)
    if (what === 'all') this.client = undefined
    this.saved = undefined
  }
}

async function call(program, path = '/mcp', tool = 'hello') {
  const client = new Client({ name: 'tests', version: '1' })
  const transport = new StreamableHTTPClientTransport(new URL(path, origin), { authProvider: program })
  try {
    await client.connect(transport)
    const result = await client.callTool({ name: tool })
    return result.content[0].text
  } finally {
    await client.close()
  }
}

// The user allows what the page asks for.
async function finish(program, path) {
  const response = await fetch(program.page, { redirect: 'manual' })
  const code = new URL(response.headers.get('location')).searchParams.get('code')
  const transport = new StreamableHTTPClientTransport(new URL('/mcp', origin), { authProvider: program })
  await transport.finishAuth(code)
  return call(program, path)
}

async function step(name, program, work = () => call(program)) {
  program.did = []
  let result
  try {
    result = `gets ${await work(program)}`
  } catch (err) {
    result = `ends with ${err.constructor.name}`
  }
  console.log(`${name}: ${[...program.did, result].join(', ')}`)
}

const program = new Program()
await step('without a token', program)
await step('after the login', program, finish)
await step('with a token', program)
await step('tool that fails', program, () => call(program, '/mcp', 'stop'))
const { client, saved: tokens } = program

const again = (changes) => new Program({ client, tokens: { ...tokens, access_token: 'x', refresh_token: 'x', ...changes } })
await step('dead token', again({ refresh_token: undefined }))
await step('dead token, live refresh token', again({ refresh_token: tokens.refresh_token }))
await step('dead token, dead refresh token', again())
await step('dead token, dead client', new Program({ client: { ...client, client_id: 'x' }, tokens: { ...tokens, access_token: 'x' } }))
if (legacy) {
  for (const kind of ['denied', 'message', 'nested', 'request']) {
    await step(`dead refresh token, ${kind}`, again({ refresh_token: `dead-${kind}` }))
  }
} else {
  const low = new Program({ client })
  low.clientMetadata = { ...low.clientMetadata, scope: 'read' }
  await step('without a token, for less', low)
  low.page.searchParams.set('scope', 'read')
  await step('after the login for less', low, finish)
  low.saved = { ...low.saved, refresh_token: undefined }
  await step('token for less', low, () => call(low, '/mcp/admin'))
  await step('after the login for more', low, () => finish(low, '/mcp/admin'))
}
await step('no such server', new Program(), () => call(new Program(), '/nothing'))
