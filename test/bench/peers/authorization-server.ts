import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

/**
 * An introspection endpoint (RFC 7662), a process of its own: whatever the token, it is active and bound to the DPoP key
 * whose thumbprint is the second argument. The first is the folder of the PKI. Tells its parent the port.
 */
const [folder, jkt] = process.argv.slice(2) as [string, string]
const now = Math.floor(Date.now() / 1000)
const ANSWER = JSON.stringify({
  active: true,
  client_id: 'tpp-1',
  sub: 'customer-7',
  scope: 'accounts payments',
  token_type: 'DPoP',
  iat: now - 30,
  exp: now + 36_000,
  cnf: { jkt },
})
const server = createServer(
  { cert: readFileSync(join(folder, 'as.pem')), key: readFileSync(join(folder, 'as-key.pem')) },
  (request, response) => {
    request.resume().once('end', () => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(ANSWER)
    })
  },
)
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
process.once('disconnect', () => process.exit(0))
