import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { published } from '../../support/keys.ts'
import { clientKey } from '../../support/signature.ts'
import { pkiFolder } from '../../support/wire-pki.ts'
import { issuerKey } from '../../support/wire-tokens.ts'
import { type Life, live, lives } from './life.ts'

let folder: string

beforeAll(async () => {
  // All tests share it, and its certificates are good by the clock that it was made by.
  await pkiFolder()
  folder = mkdtempSync(join(tmpdir(), 'holdfast-replays-'))
  writeFileSync(join(folder, 'issuer.jwks.json'), JSON.stringify(published(issuerKey())))
  writeFileSync(join(folder, 'client.jwks.json'), JSON.stringify(published(clientKey())))
  writeFileSync(join(folder, 'nonce.secret'), 'a secret of all replicas of this gateway')
})
afterAll(() => rmSync(folder, { recursive: true }))
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] })
})
afterEach(() => void vi.useRealTimers())

/** By hand: more of them, and others. */
const LIVES = Number(process.env['LIVES'] ?? 300)
const SEED = Number(process.env['SEED'] ?? 1)
const LONGEST = 600_000

const title = 'what may come once does not come twice, whatever happens to a gateway'
it(title, { timeout: LONGEST }, async () => {
  const spent: string[] = []
  const property = fc.asyncProperty(lives, async (life) => void spent.push(...(await live(folder, life))))
  await fc.assert(property, {
    numRuns: LIVES,
    seed: SEED,
    interruptAfterTimeLimit: LONGEST,
    markInterruptAsFailure: true,
    examples: [[HELD_UP]],
  })
  // Where nothing passes nothing is shown.
  for (const kind of ['proof', 'nonce', 'base'])
    expect(spent.filter((each) => each === kind).length).toBeGreaterThan(LIVES / 50)
})

const RULES = {
  nonce: 'off',
  nonceAge: '5m',
  window: { max_age: '60s', clock_skew: '0s' },
  signed: null,
} as const
/** Seldom met: a thread that is held up goes on noting nothing when what comes must be noted. */
const HELD_UP: Life = {
  first: {
    own: { ...RULES, way: 'shadow' },
    all: { ...RULES, way: 'enforce' },
    isSecretShared: false,
  },
  settled: 100,
  rounds: [
    {
      requests: [
        {
          by: 'proof',
          method: 'POST',
          ahead: [5, 0],
          nonce: 'fresh',
          signatures: 1,
          hasSignatureNonce: false,
        },
      ],
      event: { reload: { own: null }, pauses: [], late: [0, 0, 7, 0], meanwhile: [] },
      waits: [],
    },
  ],
}
