import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { checkRecord } from '../../../src/services/evidence/check-record.ts'
import { sealLine } from '../../../src/services/evidence/line.ts'
import { verifyFiles } from '../../../src/services/evidence/verify-files.ts'
import type { PublicJwk } from '../../../src/verify/jose/public-key.ts'
import { thumbprint } from '../../../src/verify/jose/thumbprint.ts'
import { aChain, aRecord, aSignature, evidenceFolder } from '../../support/evidence.ts'
import { seeded } from '../../support/seeded.ts'

const BODY = '{"amount":1}'
const digestOf = (body: string, by = 'sha256') => createHash(by).update(body).digest('base64')
/** What a record keeps of this body. */
const keptOf = (body: string) => ({
  digests: { 'sha-256': digestOf(body) },
  body: Buffer.from(body).toString('base64'),
})
/** A base that covers the digest of the body. */
const COVERED = `"@method": POST\n"content-digest": sha-512=:${digestOf(BODY, 'sha512')}:, sha-256=:${digestOf(BODY)}:`

/** Two files of one chain, as octets. */
let files: readonly { readonly name: string; readonly octets: Buffer }[] = []

beforeAll(async () => {
  const directory = await evidenceFolder()
  const chain = await aChain({ directory, rotateSize: 3_500 })
  for (let at = 0; at < 3; at++) {
    const exchange = `exchange-${at}`
    chain.append(aRecord({ exchange, ...keptOf(BODY), signatures: [aSignature('client', COVERED)] }))
    chain.append(
      aRecord({ kind: 'answer', exchange, signatures: [aSignature('gateway', `"@status": 20${at}`)] }),
    )
  }
  await chain.close()
  const names = (await readdir(directory)).sort()
  files = await Promise.all(
    names.map(async (name) => ({ name, octets: await readFile(join(directory, name)) })),
  )
  expect(files).toHaveLength(2)
})

/** What is found of the files after a change. */
async function found(change: (octets: Buffer, at: number) => Buffer | null) {
  const directory = await evidenceFolder()
  const paths: string[] = []
  for (const [at, { name, octets }] of files.entries()) {
    const changed = change(Buffer.from(octets), at)
    if (changed === null) continue
    paths.push(join(directory, name))
    await writeFile(join(directory, name), changed)
  }
  return verifyFiles(paths)
}

function places({ faults }: Awaited<ReturnType<typeof found>>): string[] {
  return faults.map(({ file, line, says }) => `${file.slice(-9, -6)}:${line} ${says}`)
}

/** The lines of a file as records, for who can compute hashes anew. */
function recordsOf(octets: Buffer): Record<string, unknown>[] {
  return octets
    .toString()
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

function resealed(records: readonly Record<string, unknown>[]): Buffer {
  let prev = (records[0]?.['prev'] ?? null) as string | null
  return Buffer.concat(
    records.map(({ n, prev: _, hash: __, ...record }) => {
      const { octets, hash } = sealLine(n as number, prev, Buffer.from(JSON.stringify(record)))
      prev = hash
      return octets
    }),
  )
}

function offTheCurve(): object {
  const signature = aSignature('client', 'x')
  const jwk = { ...signature.jwk, y: signature.jwk['x'] } as PublicJwk
  return { ...signature, jwk, thumbprint: thumbprint(jwk) }
}

describe('evidence as it was written', () => {
  it('verifies, every line and every signature', async () => {
    const finding = await found((octets) => octets)
    expect(finding).toMatchObject({ faults: [], remarks: [], exchanges: 3, signatures: 6 })
    expect(finding.heads).toEqual([{ chain: expect.any(String), n: finding.lines, hash: expect.any(String) }])
  })

  it('one octet that was flipped is found, in its file and line, wherever it is', async () => {
    const { below } = seeded(9530)
    for (let time = 0; time < 600; time++) {
      const file = below(2)
      const { octets } = files[file]!
      const at = below(octets.length)
      const mask = 1 << below(8)
      const line = octets.subarray(0, at).toString('latin1').split('\n').length
      const finding = await found((each, index) => {
        if (index === file) each[at] = (each[at] as number) ^ mask
        return each
      })
      expect([
        at,
        mask,
        finding.faults[0]?.file.includes(`-0000000${file + 1}`),
        finding.faults[0]?.line,
      ]).toEqual([at, mask, true, line])
    }
  })

  it('every octet of one line, in every bit', async () => {
    const { octets } = files[0]!
    const start = octets.lastIndexOf(10, -2) + 1
    for (let at = start; at < octets.length; at++) {
      const finding = await found((each, index) => {
        if (index === 0) each[at] = (each[at] as number) ^ (1 << (at % 8))
        return each
      })
      expect([at, finding.faults.length > 0]).toEqual([at, true])
    }
  })
})

describe('evidence that somebody has changed', () => {
  it('a line that is missing, twice, or in another place', async () => {
    const edit = (change: (lines: string[]) => string[]) =>
      found((octets, at) =>
        at === 0 ? Buffer.from(change(octets.toString().split('\n')).join('\n')) : octets,
      )
    expect(places(await edit((lines) => lines.toSpliced(2, 1)))).toEqual([
      '001:3 does not follow the line before it (number 4 after 2)',
    ])
    expect(places(await edit((lines) => lines.toSpliced(2, 0, lines[1]!)))[0]).toMatch(
      /^001:3 does not follow/,
    )
    expect(places(await edit((lines) => lines.toSpliced(1, 2, lines[2]!, lines[1]!)))[0]).toMatch(
      /^001:2 does not follow/,
    )
  })

  it('a line whose hash was computed anew does not fit the next', async () => {
    const finding = await found((octets, at) => {
      if (at !== 0) return octets
      const lines = octets.toString().split('\n')
      const [, record] = recordsOf(octets) as [unknown, Record<string, unknown>]
      const { n, prev, hash: _, ...rest } = record
      const other = Buffer.from(JSON.stringify({ ...rest, target: 'https://evil.example/' }))
      lines[1] = sealLine(n as number, prev as string, other)
        .octets.toString()
        .trimEnd()
      return Buffer.from(lines.join('\n'))
    })
    expect(places(finding)).toEqual(['001:3 does not follow the line before it (number 3 after 2)'])
  })

  it('a chain that was computed anew from there on does not fit the next file', async () => {
    const finding = await found((octets, at) => {
      if (at !== 0) return octets
      const records = recordsOf(octets)
      records[1] = { ...records[1], target: 'https://evil.example/' }
      return resealed(records)
    })
    expect(places(finding)).toEqual([expect.stringMatching(/^002:1 does not follow the file before it/)])
  })

  it('and where all of it was, what was signed is not what stands there', async () => {
    const finding = await found((octets, at) => {
      if (at !== 1) return octets
      const records = recordsOf(octets)
      const [signature] = records[1]!['signatures'] as [Record<string, unknown>]
      records[1] = { ...records[1], signatures: [{ ...signature, base: `${signature['base']} ` }] }
      return resealed(records)
    })
    expect(places(finding)).toEqual(['002:2 signature 1 does not verify'])
  })

  it.each<[string, object]>([
    [
      'has a body with another sha-256 digest',
      { body: keptOf('{"amount":9}').body, signatures: [aSignature('client', 'x')] },
    ],
    ['signature 1 covers another sha-512 digest', keptOf('{"amount":9}')],
    ['signature 1 covers another sha-256 digest', { ...keptOf('{"amount":9}'), body: null }],
    [
      'signature 1 covers another sha-512 digest',
      { ...keptOf('{"amount":9}'), signatures: [aSignature('client', COVERED.replace('t":', 't";sf:'))] },
    ],
    ['signature 1 covers another sha-256 digest', { body: null, digests: { 'sha-256': 1 } }],
    [
      'signature 1 covers another sha-256 digest',
      { kind: 'refusal', ...keptOf('{}'), signatures: [aSignature('gateway', COVERED)], body: null },
    ],
    ...[
      ['method', '"@method": PUT'],
      ['method', '"@method";req: PUT'],
      ['target', '"@target-uri": https://api.bank.example/other'],
      ['target', '"@target-uri";req: https://api.bank.example/other'],
      ['target', '"@authority": other.bank.example'],
      ['target', '"@authority";req: api.bank.example:8443'],
      ['target', '"@path": /'],
      ['target', '"@path";req: /other'],
      ['target', '"@query": ?all'],
      ['target', '"@path": /other\n"@target-uri": https://api.bank.example/other'],
      ['status', '"@status": 200'],
    ].map(([member, base]): [string, object] => [
      `signature 1 covers another ${member}`,
      { status: 403, signatures: [aSignature('gateway', base as string)] },
    ]),
    ['has no list of signatures', { signatures: null }],
    ['signature 1 is none', { signatures: [1] }],
    ['signature 1 is none', { signatures: [null] }],
    ['signature 1 is none', { signatures: [{ ...aSignature('client', 'x'), base: 1 }] }],
    ['signature 1 is none', { signatures: [{ ...aSignature('client', 'x'), signature: null }] }],
    [
      'signature 1 is by an algorithm that is not known',
      { signatures: [{ ...aSignature('client', 'x'), algorithm: ['ES256'] }] },
    ],
    [
      'signature 1 is by an algorithm that is not known',
      { signatures: [{ ...aSignature('client', 'x'), algorithm: 'none' }] },
    ],
    ['signature 1 has no usable key', { signatures: [{ ...aSignature('client', 'x'), jwk: { kty: 'EC' } }] }],
    ['signature 1 has no usable key', { signatures: [offTheCurve()] }],
    [
      'signature 1 is by a key with another thumbprint',
      { signatures: [{ ...aSignature('client', 'x'), jwk: aSignature('client', 'x', 'other').jwk }] },
    ],
    ['is of a kind that is not known', { kind: 'rumour' }],
  ])('a record that %s', async (says, change) => {
    const finding = await found((octets, at) => {
      if (at !== 0) return octets
      const records = recordsOf(octets)
      records[1] = { ...records[1], ...change }
      return resealed(records)
    })
    expect(places(finding)[0]).toBe(`001:2 ${says}`)
  })

  it('but not one whose signature covers its target in parts', () => {
    for (const query of ['?', '?a=1?b']) {
      const parts = `"@authority": api.bank.example\n"@path": /payments\n"@query": ${query}\n"@status";req: 200`
      const [target, signatures] = [
        `https://api.bank.example/payments${query}`,
        [aSignature('client', parts)],
      ]
      for (const each of [target, target.replace(/\?$/, '')])
        expect(checkRecord({ ...aRecord({ target: each, status: null, signatures }) } as never)).toEqual([])
    }
  })

  it('but not one of a refusal, with which the answer is kept; nor a digest of a name that nobody knows', () => {
    const refusal = aRecord({ kind: 'refusal', ...keptOf('{}'), signatures: [aSignature('client', COVERED)] })
    const odd = [aSignature('client', '"content-digest": constructor=:YQ==:')]
    const named = aRecord({ digests: { constructor: 'YQ==' }, body: 'YQ==', signatures: odd })
    for (const record of [refusal, named, { ...named, digests: {} }])
      expect(checkRecord({ ...record } as never)).toEqual([])
  })

  it('wherever its files were moved to', async () => {
    const [earlier, later] = [await evidenceFolder(), await evidenceFolder()].sort().reverse()
    const paths = files.map(({ name }, at) => join(at === 0 ? earlier! : later!, name))
    for (const [at, path] of paths.entries()) await writeFile(path, files[at]!.octets)
    expect(await verifyFiles(paths)).toMatchObject({ faults: [], remarks: [] })
  })

  it('a file that is not there is missed, and one whose end is cut off is named', async () => {
    const later = await found((octets, at) => (at === 0 ? null : octets))
    expect(later.faults).toEqual([])
    expect(later.remarks[0]?.says).toMatch(
      /^goes on after line \d+ of its chain, in a file that is not here$/,
    )
    const earlier = await found((octets, at) => (at === 1 ? null : octets))
    expect([earlier.faults, earlier.remarks.map(({ says }) => says)]).toEqual([
      [],
      ['closes the file for the next one, which is not here'],
    ])
    const cut = await found((octets, at) =>
      at === 1 ? octets.subarray(0, octets.lastIndexOf(10, -2) + 1) : octets,
    )
    expect([cut.faults, cut.remarks.map(({ says }) => says)]).toEqual([
      [],
      ['is the last line: the file is being written, or its end is missing'],
    ])
    const torn = await found((octets, at) => (at === 1 ? octets.subarray(0, -1) : octets))
    expect(places(torn)[0]).toMatch(/is cut off, or its line feed was changed$/)
    expect(places(await found((octets, at) => (at === 1 ? Buffer.alloc(0) : octets)))).toEqual([
      '002:0 is empty',
    ])
  })
})
