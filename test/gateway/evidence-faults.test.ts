import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { EvidenceRecord } from '../../src/domain/evidence-record.ts'
import type { EvidenceLog } from '../../src/domain/ports.ts'
import { verifyFiles } from '../../src/services/evidence/verify-files.ts'
import { evidenceFolder } from '../support/evidence.ts'
import { startGateway } from '../support/gateway.ts'
import { call } from '../support/wire-client.ts'
import { openInProcess } from '../support/wire-in-process.ts'
import { credentials } from '../support/wire-tokens.ts'
import { startUpstream } from '../support/wire-upstream.ts'

describe('a request that the end of the gateway cuts', () => {
  it.each(['1.1', '2'] as const)('over HTTP/%s is not held against its client', async (version) => {
    const directory = await evidenceFolder()
    const upstream = await startUpstream(undefined, () => true)
    const gateway = await startGateway({
      drain_timeout: '300ms',
      evidence: { directory },
      upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` } },
      routes: [{ path: '/accounts', upstream: 'bank', evidence: 'signatures', require: { issuer: 'bank' } }],
    })
    const cut = [1, 2, 3].map(() =>
      gateway.call({ path: '/accounts', fields: credentials(), version }).catch(() => 'cut'),
    )
    await expect.poll(() => upstream.seen.length).toBe(3)
    await gateway.stop()
    expect(await Promise.all(cut)).toEqual(['cut', 'cut', 'cut'])
    const [file] = (await readdir(directory)) as [string]
    const answers = (await readFile(join(directory, file), 'utf8'))
      .split('\n')
      .filter((line) => line.includes('"kind":"answer"'))
      .map((line) => JSON.parse(line) as EvidenceRecord)
    const three = (each: unknown) => [each, each, each]
    expect(answers.map(({ verdict, status }) => [verdict, status])).toEqual(three(['cut at the end', null]))
    const logged = gateway.lines().filter(({ msg }) => msg === 'request')
    expect(logged.map(({ verdict, status, detail }) => [verdict, status, detail])).toEqual(
      three(['gone', 499, 'cut at drain_timeout']),
    )
    await upstream.close()
  })
})

it('a thread that breaks leaves the evidence of all that it let through', async () => {
  const directory = await evidenceFolder()
  const fault = join(directory, 'fault')
  const upstream = await startUpstream()
  const gateway = await startGateway(
    {
      evidence: { directory, sync_interval: '10s' },
      upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` } },
      routes: [{ path: '/accounts', upstream: 'bank', evidence: 'signatures', require: { issuer: 'bank' } }],
    },
    { HOLDFAST_TEST_FAULT: fault },
  )
  const asked = await Promise.all(
    [1, 2, 3].map(() => gateway.call({ path: '/accounts', fields: credentials() })),
  )
  expect(asked.map(({ status }) => status)).toEqual([200, 200, 200])
  await writeFile(fault, 'break')
  await gateway.line(({ msg }) => msg === 'thread replaced')
  await gateway.stop()
  await upstream.close()
  const { exchanges, lines, faults, remarks } = await verifyFiles(
    (await readdir(directory)).map((name) => join(directory, name)),
  )
  // Two that open a file, one that closes the second, and two an exchange.
  expect([exchanges, lines, faults]).toEqual([3, 9, []])
  expect(remarks.map(({ says }) => says)).toEqual([expect.stringContaining('begins after a crash')])
})

describe('where evidence cannot be kept', () => {
  async function answered(log: Partial<EvidenceLog>) {
    const upstream = await startUpstream()
    const kept: unknown[] = []
    const evidence = {
      isReady: true,
      isOptional: false,
      append: (record: unknown) => void kept.push(record),
      ...log,
    }
    const listener = await openInProcess(
      {
        evidence: { directory: await evidenceFolder() },
        upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` } },
        routes: [
          { path: '/accounts', upstream: 'bank', evidence: 'signatures', require: { issuer: 'bank' } },
        ],
      },
      { evidence },
    )
    const answers = []
    for (const version of ['1.1', '2'] as const)
      answers.push(await call({ port: listener.port, path: '/accounts', fields: credentials(), version }))
    await listener.stop()
    await upstream.close()
    return { answers, kept, seen: upstream.news().length }
  }

  it('the request is refused, and the upstream sees nothing: EVIDENCE_UNAVAILABLE', async () => {
    const { answers, seen } = await answered({ isReady: false })
    expect(answers.map(({ status, code, all }) => [status, code, all('retry-after')])).toEqual([
      [503, 'EVIDENCE_UNAVAILABLE', ['5']],
      [503, 'EVIDENCE_UNAVAILABLE', ['5']],
    ])
    expect(seen).toBe(0)
  })

  it('unless the configuration says that it may pass', async () => {
    const { answers, seen, kept } = await answered({ isReady: false, isOptional: true })
    expect([answers.map(({ status }) => status), seen, kept.length]).toEqual([[200, 200], 2, 4])
  })
})

describe('the directory of evidence', () => {
  it('is for one process: another one that would write there does not start', async () => {
    const directory = await evidenceFolder()
    const upstream = await startUpstream()
    const config = {
      evidence: { directory },
      upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` } },
      routes: [{ path: '/accounts', upstream: 'bank', evidence: 'signatures', require: { issuer: 'bank' } }],
    }
    const first = await startGateway(config)
    await expect(startGateway(config)).rejects.toThrow(`another Holdfast writes in ${directory}`)
    await first.stop()
    await (await startGateway(config)).stop()
    await upstream.close()
  })
})
