import { createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { join } from 'node:path'
import { aJws } from '../support/jws.ts'
import { freshKey, type SigningKey } from '../support/keys.ts'
import { nowSeconds } from '../support/wire-tokens.ts'
import { GATEWAY, type Inside } from './introspection.ts'

/** An introspection endpoint with signed answers (RFC 9701), a process of its own that is killed now and then: `PORT PKI KEY`. */
const [port, pki, keyFile] = process.argv.slice(2) as [string, string, string]
const own: SigningKey = {
  ...freshKey('ES256', 'introspection'),
  privateKey: createPrivateKey(readFileSync(keyFile)),
}
const stranger = freshKey('ES256')

const tls = { cert: readFileSync(join(pki, 'as.pem')), key: readFileSync(join(pki, 'as-key.pem')) }
const server = createServer(tls, async (request, response) => {
  let form = ''
  for await (const chunk of request.setEncoding('utf8')) form += chunk
  const { members, lie } = insideOf(new URLSearchParams(form).get('token') ?? '')
  const isSigned = lie !== 'unsigned'
  response.writeHead(200, { 'content-type': isSigned ? TYPE : 'application/json' })
  response.end(isSigned ? signed({ members, lie }) : JSON.stringify(members))
})
server.listen(Number(port), '127.0.0.1', () => process.send?.('up'))
process.once('disconnect', () => process.exit(0))

/** A token that nobody issued is not active. */
function insideOf(token: string): Inside {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString()) as Inside
  } catch {
    return { members: { active: false }, lie: null }
  }
}

function signed({ members, lie }: Inside): string {
  const claims = {
    iss: `https://localhost:${port}`,
    aud: lie === 'for another' ? 'somebody' : GATEWAY,
    iat: nowSeconds() - (lie === 'old' ? 3_600 : 0),
    token_introspection: members,
  }
  const header = { typ: 'token-introspection+jwt', alg: own.alg, kid: own.kid }
  return aJws(header, claims, lie === 'forged' ? stranger : own)
}

const TYPE = 'application/token-introspection+jwt'
