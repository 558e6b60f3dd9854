import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { runShadowReport, shadowReport } from '../../src/cli/shadow-report.ts'
import { said } from './said.ts'

const line = (changes: object) =>
  JSON.stringify({
    interaction_id: 'id-1',
    route: 'accounts',
    client_id: 'tpp-1',
    peer: null,
    remote: '192.0.2.1',
    shadow: [],
    ...changes,
  })
const dpop = { rule: 'sender', code: 'TOKEN_SENDER', detail: null }

it('counts, for each client, how often which rule would refuse it', () => {
  const { requests, unharmed, breaks } = shadowReport([
    line({}),
    line({ shadow: [dpop] }),
    line({
      shadow: [dpop, { rule: 'scope', code: 'SCOPE_INSUFFICIENT', detail: 'missing x' }],
      interaction_id: 'id-3',
    }),
    line({ client_id: 'tpp-2' }),
    line({ route: 'payments', client_id: 'tpp-2' }),
  ])
  expect([requests, unharmed]).toEqual([5, ['tpp-2']])
  expect(breaks).toEqual([
    { ...dpop, client: 'tpp-1', route: 'accounts', requests: 2, of: 3, interactionId: 'id-3' },
    {
      client: 'tpp-1',
      route: 'accounts',
      rule: 'scope',
      code: 'SCOPE_INSUFFICIENT',
      detail: 'missing x',
      requests: 1,
      of: 3,
      interactionId: 'id-3',
    },
  ])
})

it('names a client by the best that is known of it', () => {
  const { breaks } = shadowReport([
    line({ shadow: [dpop], client_id: null, client_claimed: 'tpp-3', peer: 'x' }),
    line({ shadow: [dpop], client_id: null, peer: 'thumbprint' }),
    line({ shadow: [dpop], client_id: null }),
  ])
  expect(breaks.map(({ client }) => client)).toEqual([
    'tpp-3 (as its token says, unverified)',
    'the certificate thumbprint',
    'somebody at 192.0.2.1',
  ])
})

it('reads lines as whatever carries the log has put its own before or around them', () => {
  const carried = ['Nov 28 18:00:00 edge-1 holdfast[812]: ', '[pod/gateway-1/holdfast] ', 'gateway-1  | ']
  expect(shadowReport(carried.map((own) => own + line({}))).requests).toBe(3)
  const around = [
    { log: `${line({})}\n`, stream: 'stdout' },
    { timestamp: 1, message: line({}) },
  ]
  expect(shadowReport(around.map((own) => JSON.stringify(own))).requests).toBe(2)
})

it('passes over what is no line of a watched request', () => {
  const odd = [
    '',
    'plain text',
    '{"shadow":',
    '{"shadow":7,"route":"a"}',
    '{"msg":"serving"}',
    '{"shadow":[]}',
    '{"log":"shadow"}',
    '{"message":{"shadow":[]}}',
  ]
  expect(shadowReport(odd)).toEqual({ requests: 0, unharmed: [], breaks: [] })
})

it('the command reads several logs, and no name steers the terminal that it is read on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-shadow-'))
  const log = (name: string, ...lines: readonly string[]) => {
    writeFileSync(join(folder, name), lines.join('\n'))
    return join(folder, name)
  }
  const some = log('1', line({ shadow: [dpop], client_id: 'a\u001b[2J\nb' }), line({ client_id: 'a' }))
  const more = log('2', line({ client_id: 'b\u001b[2J' }))
  expect(await said(runShadowReport, [some, more])).toEqual({
    ...{ code: 0, err: '' },
    out: [
      '3 requests went by rules that only watch. Enforced, these would refuse requests of 1 of 3 clients.',
      '',
      '"a\\u001b[2J\\nb"',
      '  1 of 1 on accounts: sender would say TOKEN_SENDER, as in id-1',
      '',
      'Nothing changes for: a, "b\\u001b[2J"',
      '',
    ].join('\n'),
  })
  const { out } = await said(runShadowReport, ['--json', more])
  expect(JSON.parse(out)).toEqual(shadowReport([line({ client_id: 'b\u001b[2J' })]))
  expect((await said(runShadowReport, [log('3', 'nothing')])).out).toContain('No request in this log')
  for (const args of [[], [join(folder, 'none')]])
    expect(await said(runShadowReport, args)).toMatchObject({ code: 2, out: '' })
})
