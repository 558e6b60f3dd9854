import { generateKeyPairSync } from 'node:crypto'
import type { Attempt } from './attempt.ts'
import type { Bank } from './bank.ts'
import { proofFor, type Stage, sendWithCertificate, sendWithProof } from './stage.ts'
import { type Answer, send } from './wire.ts'

/** What thieves and liars try. A row says what, which refusal it must meet, and how many requests may pass. */
export const ATTACKS: readonly Attempt<Stage>[] = [
  refused('No token at all', 401, 'TOKEN_ABSENT', 'RFC 6750 §3.1', (s) =>
    send(s.as.nobody, { method: 'GET', path: '/accounts', fields: [] }),
  ),
  refused('Token in the query', 400, 'TOKEN_IN_QUERY', 'FAPI2-SP §5.3.4(2)', (s) =>
    send(s.as.nobody, { method: 'GET', path: `/accounts?access_token=${s.dpopToken}`, fields: [] }),
  ),
  refused('Altered token: a scope added to the claims', 401, 'TOKEN_SIGNATURE', 'RFC 9068 §4', async (s) => {
    const token = rewrite(s.accountsToken, {}, { scope: 'accounts payments' })
    return sendWithProof(s, await proofFor(s, { token }), token)
  }),
  refused(
    'Altered token: signature removed, alg none',
    401,
    'TOKEN_ALGORITHM',
    'FAPI2-SP §5.4.1(1)',
    async (s) => {
      const token = rewrite(s.dpopToken, { alg: 'none' }, {}).replace(/[^.]*$/, '')
      return sendWithProof(s, await proofFor(s, { token }), token)
    },
  ),
  refused('Stolen DPoP token used as a bearer token', 401, 'TOKEN_SCHEME', 'RFC 9449 §7.2', (s) =>
    send(s.as.nobody, {
      method: 'GET',
      path: '/accounts',
      fields: ['Authorization', `Bearer ${s.dpopToken}`],
    }),
  ),
  refused('Stolen DPoP token without a proof', 401, 'DPOP_ABSENT', 'RFC 9449 §7.1', (s) =>
    send(s.as.nobody, { method: 'GET', path: '/accounts', fields: ['Authorization', `DPoP ${s.dpopToken}`] }),
  ),
  refused("Stolen DPoP token, proof of the thief's key", 401, 'DPOP_JKT', 'RFC 9449 §4.3(12)', async (s) =>
    sendWithProof(s, await proofFor(s, s.otherKey)),
  ),
  refused(
    "Thief's signature under the owner's public key",
    401,
    'DPOP_SIGNATURE',
    'RFC 9449 §4.3(6)',
    async (s) => sendWithProof(s, await proofFor(s, { key: s.otherKey.key })),
  ),
  refused('Proof that gives its private key away', 401, 'DPOP_PRIVATE_KEY', 'RFC 9449 §4.3(7)', async (s) =>
    sendWithProof(s, await proofFor(s, { jwk: s.dpopKey.key.export({ format: 'jwk' }) })),
  ),
  refused('Proof signed with an algorithm nobody allowed', 401, 'DPOP_ALG', 'RFC 9449 §4.3(5)', async (s) => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    return sendWithProof(
      s,
      await proofFor(s, { key: privateKey, jwk: publicKey.export({ format: 'jwk' }), alg: 'RS256' }),
    )
  }),
  refused('Proof made for another token', 401, 'DPOP_ATH', 'RFC 9449 §4.3(12)', async (s) =>
    sendWithProof(s, await proofFor(s, { token: s.accountsToken })),
  ),
  refused('Proof for GET, request changed to POST', 401, 'DPOP_HTM', 'RFC 9449 §4.3(8)', async (s) =>
    sendWithProof(s, await proofFor(s, { path: '/payments' }), s.dpopToken, {
      method: 'POST',
      path: '/payments',
      body: PAYMENT,
    }),
  ),
  refused('Proof for /accounts, path changed', 401, 'DPOP_HTU', 'RFC 9449 §4.3(9)', async (s) =>
    sendWithProof(s, await proofFor(s), s.dpopToken, { path: '/accounts/1' }),
  ),
  refused(
    'Proof for another host, X-Forwarded-Host to match',
    401,
    'DPOP_HTU',
    'RFC 9449 §4.3(9)',
    async (s) => {
      const fields = ['X-Forwarded-Host', 'evil.example', 'Forwarded', 'host=evil.example']
      return sendWithProof(s, await proofFor(s, { url: 'https://evil.example/accounts' }), s.dpopToken, {
        fields,
      })
    },
  ),
  refused('Old proof: made ten minutes ago', 401, 'DPOP_IAT', 'RFC 9449 §4.3(11)', async (s) =>
    sendWithProof(s, await proofFor(s, { issuedAt: now() - 600 })),
  ),
  refused('Proof dated ten minutes ahead', 401, 'DPOP_IAT', 'RFC 9449 §4.3(11)', async (s) =>
    sendWithProof(s, await proofFor(s, { issuedAt: now() + 600 })),
  ),
  refused('Two DPoP proofs in one request', 400, 'FIELD_DUPLICATED', 'RFC 9110 §5.3', async (s) =>
    sendWithProof(s, await proofFor(s), s.dpopToken, { fields: ['DPoP', await proofFor(s)] }),
  ),
  refused('Replayed proof: used a second time', 401, 'DPOP_REPLAYED', 'RFC 9449 §11.1', replayed, 1),
  refused('Replayed proof: twenty at the same moment', 401, 'DPOP_REPLAYED', 'RFC 9449 §11.1', raced, 1),
  refused('Certificate-bound token, no certificate', 401, 'MTLS_ABSENT', 'RFC 8705 §3', (s) =>
    sendWithCertificate(s, s.as.nobody),
  ),
  refused(
    "Certificate-bound token, another client's certificate",
    401,
    'MTLS_THUMBPRINT',
    'RFC 8705 §3',
    (s) => sendWithCertificate(s, s.as.client2),
  ),
  refused('Certificate-bound token, certificate of a stranger', 401, 'MTLS_UNTRUSTED', 'RFC 5280 §6.1', (s) =>
    sendWithCertificate(s, s.as.stranger),
  ),
  refused('Certificate-bound token, revoked certificate', 401, 'MTLS_REVOKED', 'RFC 5280 §6.3', (s) =>
    sendWithCertificate(s, s.as.revoked),
  ),
  refused(
    'Payment with a token for accounts alone',
    403,
    'SCOPE_INSUFFICIENT',
    'RFC 6750 §3.1',
    async (s) => {
      const proof = await proofFor(s, { path: '/payments', method: 'POST', token: s.accountsToken })
      return sendWithProof(s, proof, s.accountsToken, { method: 'POST', path: '/payments', body: PAYMENT })
    },
  ),
  refused('Path trick: /accounts/../payments', 400, 'PATH_AMBIGUOUS', 'RFC 3986 §6.2.2', async (s) =>
    sendWithProof(s, await proofFor(s, { path: '/accounts/../payments' }), s.dpopToken, {
      path: '/accounts/../payments',
    }),
  ),
  refused('Path trick: /accounts/..%2fpayments', 400, 'PATH_AMBIGUOUS', 'RFC 3986 §6.2.2', async (s) =>
    sendWithProof(s, await proofFor(s, { path: '/accounts/..%2fpayments' }), s.dpopToken, {
      path: '/accounts/..%2fpayments',
    }),
  ),
  refused(
    'Connection field that would drop the proof',
    400,
    'FIELD_CONNECTION',
    'RFC 9110 §7.6.1',
    async (s) => sendWithProof(s, await proofFor(s), s.dpopToken, { fields: ['Connection', 'close, DPoP'] }),
  ),
  {
    what: 'Forged Holdfast-Client-Id on a public route: stripped',
    status: 200,
    code: '',
    cite: '',
    arrivals: 1,
    run: forgedIdentity,
  },
]

type Run = Attempt<Stage>['run']

function refused(
  what: string,
  status: number,
  code: string,
  cite: string,
  run: Run,
  arrivals = 0,
): Attempt<Stage> {
  return { what, status, code, cite, arrivals, run }
}

async function replayed(stage: Stage): Promise<Answer> {
  const proof = await proofFor(stage)
  const first = await sendWithProof(stage, proof)
  return first.status === 200 ? sendWithProof(stage, proof) : first
}

/** Answers a refusal if all but one were refused; else the answer that should not have been. */
async function raced(stage: Stage): Promise<Answer> {
  const proof = await proofFor(stage)
  const answers = await Promise.all(Array.from({ length: 20 }, () => sendWithProof(stage, proof)))
  const passed = answers.filter((answer) => answer.status === 200)
  const refusals = answers.filter((answer) => answer.status !== 200)
  return passed.length === 1 ? oddest(refusals) : { status: passed.length, body: null }
}

/** One that stands for all: any that differs from the first, else the first. */
function oddest(answers: readonly Answer[]): Answer {
  return answers.find((answer) => answer.status !== answers[0]!.status) ?? answers[0]!
}

/** The bank must not believe a field that only the gateway may set. */
async function forgedIdentity(stage: Stage, bank: Bank): Promise<Answer> {
  const fields = [
    'Holdfast-Client-Id',
    'tpp-dpop',
    'Holdfast-Subject',
    'alice',
    'Authorization',
    'Bearer stolen',
  ]
  const answer = await send(stage.as.nobody, { method: 'GET', path: '/status', fields })
  const arrived = bank.seen.at(-1)?.fields ?? {}
  const forged = Object.keys(arrived).filter(
    (name) => name.startsWith('holdfast-') || name === 'authorization',
  )
  if (forged.length > 0) throw new Error(`the bank was sent ${forged.join(' and ')}`)
  return answer
}

/** Changes members of a token's header and claims and leaves its signature as it is. */
function rewrite(token: string, header: object, claims: object): string {
  const [head, payload, signature] = token.split('.') as [string, string, string]
  return `${merge(head, header)}.${merge(payload, claims)}.${signature}`
}

function merge(part: string, changes: object): string {
  const value = { ...JSON.parse(Buffer.from(part, 'base64url').toString('utf8')), ...changes }
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function now(): number {
  return Math.floor(Date.now() / 1000)
}

const PAYMENT = JSON.stringify({
  from: '1',
  to: 'DE02 1001 0010 0006 8201 01',
  amount: '9999.00',
  currency: 'EUR',
})
