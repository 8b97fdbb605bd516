// An application that signs its users in with better-auth, which is an identity provider
// for others, too. It keeps all in memory, prints the address that it listens on, and ends
// when its standard input does.
//
//     node better-auth-server.mjs <origin>

import { createServer } from 'node:http'

import { oauthDeviceAuthorization, oauthProvider } from '@better-auth/oauth-provider'
import { betterAuth } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import { getAuthTables } from 'better-auth/db'
import { toNodeHandler } from 'better-auth/node'
import { jwt } from 'better-auth/plugins'

const options = {
  baseURL: process.argv[2] ?? 'http://localhost',
  secret: 'only of these tests, and long enough for them',
  emailAndPassword: { enabled: true },
  logger: { disabled: true },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  plugins: [
    jwt(),
    oauthProvider({
      loginPage: '/sign-in',
      consentPage: '/consent',
      allowDynamicClientRegistration: true,
      silenceWarnings: { oauthAuthServerConfig: true, openidConfig: true },
    }),
    oauthDeviceAuthorization({ verificationUri: '/device' }),
  ],
}
const tables = {}
for (const { modelName } of Object.values(getAuthTables(options))) tables[modelName] = []
const auth = betterAuth({ ...options, database: memoryAdapter(tables) })

const server = createServer(toNodeHandler(auth))
server.listen(0, '127.0.0.1', () => console.log(`127.0.0.1:${server.address().port}`))
process.stdin.on('end', () => process.exit(0)).resume()
