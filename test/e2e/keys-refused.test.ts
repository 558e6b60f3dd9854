import type { ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { published } from '../support/keys.ts'
import { json } from '../support/wire-issuer.ts'
import { anIssuer, entryOf, FIRST, startFor } from './keys-world.ts'

/** What is wrong, where, what is answered there, and what is written down of it. */
const CASES: readonly (readonly [string, string, (response: ServerResponse) => void, RegExp])[] = [
  [
    'from metadata of another issuer',
    '/.well-known/',
    (response) => json(response, { issuer: 'https://evil.example' }),
    /does not name/,
  ],
  [
    'from where a redirect leads',
    '/keys',
    (response) => response.writeHead(302, { location: '/elsewhere' }).end(),
    /answered 302/,
  ],
  [
    'from more than 256 KiB',
    '/keys',
    (response) => response.end(`{"keys":[],"x":"${'x'.repeat(262_144)}"}`),
    /size|exceed/i,
  ],
  [
    'from what is no JSON',
    '/keys',
    (response) => response.end('<html>'),
    /\/keys answered with what is no JSON$/,
  ],
  [
    'from what no thread can be handed, beside good keys',
    '/keys',
    (response) => response.end(nested(published(FIRST))),
    /\/keys answered with JSON that nests too deep$/,
  ],
  ['from an answer that is no success', '/keys', (response) => response.writeHead(500).end(), /answered 500/],
]

describe("an issuer's keys are not taken", () => {
  it('from any of these, and why is written down', async () => {
    const issuers = await Promise.all(CASES.map(() => anIssuer(FIRST)))
    const names = CASES.map((_, at) => `odd${at}`)
    for (const [at, [, path, answer]] of CASES.entries())
      issuers[at]!.odd = (request, response) => {
        if (!request.url?.startsWith(path)) return false
        answer(response)
        return true
      }
    const { gateway, send } = await startFor(
      Object.fromEntries(issuers.map((issuer, at) => [names[at], entryOf(issuer)])),
      { routes: [{ path: '/accounts', upstream: 'bank', require: { issuer: names } }] },
    )
    for (const [at, [what, , , reason]] of CASES.entries()) {
      const issuer = issuers[at]!
      const answer = await send(issuer)
      expect([what, answer.code]).toEqual([what, 'TOKEN_KEYS_UNAVAILABLE'])
      const line = await gateway.line((each) => each['issuer'] === names[at] && each['level'] === 'warn')
      expect([what, line['problem']]).toEqual([what, expect.stringMatching(reason)])
      expect(issuer.asked).not.toContain('/elsewhere')
    }
    // A reload tells the threads all keys again.
    expect((await fetch(`http://127.0.0.1:${gateway.admin}/reload`, { method: 'POST' })).status).toBe(200)
  })
})

/** With one member more, of lists in lists. */
function nested(document: object): string {
  return `${JSON.stringify(document).slice(0, -1)},"x":${'['.repeat(20_000)}${']'.repeat(20_000)}}`
}
