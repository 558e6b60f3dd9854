import type { Attempt } from './attempt.ts'
import type { Tpp } from './tpp.ts'
import type { Answer } from './wire.ts'

/** The two honest clients, and the tokens that they get on the way. */
export interface Honest {
  readonly api: string
  readonly dpop: Tpp
  readonly mtls: Tpp
  readonly tokens: { dpop: string; accounts: string; mtls: string }
}

/** What must work, in the order in which a client does it. Each step uses the tokens of those before it. */
export const HONEST_STEPS: readonly Attempt<Honest>[] = [
  step('PAR, authorization, code exchange: private_key_jwt, DPoP', 200, 0, async (h) => {
    h.tokens.dpop = await h.dpop.authorize('accounts payments')
    h.tokens.accounts = await h.dpop.authorize('accounts')
    return GRANTED
  }),
  step('PAR, authorization, code exchange: tls_client_auth', 200, 0, async (h) => {
    h.tokens.mtls = await h.mtls.authorize('accounts')
    return GRANTED
  }),
  step('GET /accounts with a DPoP-bound token', 200, 1, async (h) =>
    callerIs('tpp-dpop', await h.dpop.call(h.tokens.dpop, 'GET', `${h.api}/accounts`)),
  ),
  step('GET /accounts with a certificate-bound token', 200, 1, async (h) =>
    callerIs('tpp-mtls', await h.mtls.call(h.tokens.mtls, 'GET', `${h.api}/accounts`)),
  ),
  step('GET /accounts/1?fields=balance with a DPoP-bound token', 200, 1, async (h) =>
    callerIs('tpp-dpop', await h.dpop.call(h.tokens.dpop, 'GET', `${h.api}/accounts/1?fields=balance`)),
  ),
  step('POST /payments with a DPoP-bound token', 201, 1, async (h) =>
    callerIs('tpp-dpop', await h.dpop.call(h.tokens.dpop, 'POST', `${h.api}/payments`, PAYMENT)),
  ),
]

function step(what: string, status: number, arrivals: number, run: Attempt<Honest>['run']): Attempt<Honest> {
  return { what, status, code: '', cite: '', arrivals, run }
}

/** The bank repeats whom the gateway said it serves; that must be alice through this client. */
async function callerIs(clientId: string, response: Response): Promise<Answer> {
  const body = (await response.json()) as { caller?: Record<string, unknown> }
  const { client_id, subject } = body.caller ?? {}
  if (response.ok && (client_id !== clientId || subject !== 'alice')) {
    throw new Error(`the bank was told that ${client_id} calls for ${subject}`)
  }
  return { status: response.status, body }
}

const GRANTED: Answer = { status: 200, body: null }
const PAYMENT = { from: '1', to: 'DE02 1001 0010 0006 8201 01', amount: '12.50', currency: 'EUR' }
