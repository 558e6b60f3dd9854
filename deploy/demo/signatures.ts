import { createPrivateKey, createPublicKey, hash, sign, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { httpbis } from 'http-message-signatures'
import type { Attempt } from './attempt.ts'
import { proofFor, type Stage } from './stage.ts'
import { type Answer, send } from './wire.ts'

/** Payments that the client must be able to prove, and the bank as well (FAPI 2.0 HTTP Signatures): signed with another library. */
export const SIGNED_STEPS: readonly Attempt<Stage>[] = [
  row('Signed payment; the answer is signed as well', 201, '', '', 1, async (stage) => {
    const fields = await signed(stage)
    const answer = await pay(stage, fields, PAYMENT)
    if (!(await isSignedByUs(stage, answer, fields)))
      throw new Error('the answer is not signed by the gateway')
    return answer
  }),
  row('Payment without a signature', 401, 'SIG_ABSENT', 'FAPI2-HTTPSIG §5.3.1.2(3)', 0, async (stage) =>
    pay(stage, await unsigned(stage), PAYMENT),
  ),
  row('Signed payment, its amount altered', 400, 'DIGEST_MISMATCH', 'RFC 9530 §2', 0, async (stage) =>
    pay(stage, await signed(stage), PAYMENT.replace('12.50', '99.50')),
  ),
  row(
    'Signed payment, amount and digest altered',
    401,
    'SIG_INVALID',
    'RFC 9421 §3.2(8)',
    0,
    async (stage) => {
      const altered = PAYMENT.replace('12.50', '99.50')
      const fields = await signed(stage)
      return pay(stage, { ...fields, 'content-digest': digestOf(altered) }, altered)
    },
  ),
]

type Fields = { readonly [name: string]: string }

function row(
  what: string,
  status: number,
  code: string,
  cite: string,
  arrivals: number,
  run: Attempt<Stage>['run'],
): Attempt<Stage> {
  return { what, status, code, cite, arrivals, run }
}

async function unsigned(stage: Stage): Promise<Fields> {
  return {
    authorization: `DPoP ${stage.dpopToken}`,
    dpop: await proofFor(stage, { path: PATH, method: 'POST' }),
    'content-digest': digestOf(PAYMENT),
  }
}

async function signed(stage: Stage): Promise<Fields> {
  const headers = await unsigned(stage)
  const privateKey = createPrivateKey(readFileSync(join(stage.certs, 'client-1-signing-key.pem')))
  const { keys } = JSON.parse(readFileSync(join(stage.certs, 'client-1.jwks.json'), 'utf8'))
  const key = {
    id: keys[0].kid as string,
    sign: async (data: Buffer) => sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' }),
  }
  const fields = ['@method', '@target-uri', 'authorization', 'dpop', 'content-digest']
  const paramValues = { created: new Date(), tag: 'fapi-2-request' }
  const config = { key, fields, params: ['created', 'keyid', 'tag'], paramValues }
  const made = await httpbis.signMessage(config, {
    method: 'POST',
    url: stage.api + PATH,
    headers: { ...headers },
  })
  return {
    ...headers,
    'signature-input': String(made.headers['Signature-Input']),
    signature: String(made.headers['Signature']),
  }
}

function pay(stage: Stage, fields: Fields, body: string): Promise<Answer> {
  return send(stage.as.nobody, { method: 'POST', path: PATH, fields: Object.entries(fields).flat(), body })
}

async function isSignedByUs(stage: Stage, { status, fields = {} }: Answer, asked: Fields): Promise<boolean> {
  const key = createPublicKey(readFileSync(join(stage.certs, 'signing-key.pem')))
  const answered = await httpbis.verifyMessage(
    {
      keyLookup: async () => ({
        verify: async (data: Buffer, signature: Buffer) =>
          verify('sha256', data, { key, dsaEncoding: 'ieee-p1363' }, signature),
      }),
      requiredFields: ['@status', 'content-digest'],
      tolerance: 5,
    },
    { status, headers: { ...fields } },
    { method: 'POST', url: stage.api + PATH, headers: { ...asked } },
  )
  return answered === true
}

function digestOf(body: string): string {
  return `sha-256=:${hash('sha256', body, 'base64')}:`
}

const PATH = '/payments/signed'
const PAYMENT = JSON.stringify({
  from: '1',
  to: 'DE02 1001 0010 0006 8201 01',
  amount: '12.50',
  currency: 'EUR',
})
