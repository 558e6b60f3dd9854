import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { runEvidence } from '../../src/cli/evidence.ts'
import { aChain, aRecord, aSignature, evidenceFolder } from '../support/evidence.ts'

let files: readonly string[] = []
let head = ''
let folder = ''

beforeAll(async () => {
  const directory = await evidenceFolder()
  const chain = await aChain({ directory })
  const letter = { exchange: 'a', interaction_id: 'letter', subject: 'me\nStatus: 200' }
  chain.append(aRecord({ ...letter, body: Buffer.from('Dear \u001b[31mSir').toString('base64') }))
  const answer = aSignature('gateway', '"@status": 201\n"@signature-params": ("@status")')
  chain.append(aRecord({ ...letter, kind: 'answer', verdict: 'answered', status: 201, signatures: [answer] }))
  chain.append(aRecord({ interaction_id: 'open' }))
  await chain.close()
  head = chain.head.hash
  folder = directory
  files = (await readdir(directory)).map((name) => join(directory, name))
})

async function run(...args: string[]) {
  let out = ''
  const writers = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      out += String(text)
      return true
    }),
  )
  const code = await runEvidence(args)
  for (const writer of writers) writer.mockRestore()
  return { code, out }
}

describe('holdfast evidence', () => {
  it('verify: says what was read and where it ends', async () => {
    const { code, out } = await run('verify', ...files)
    expect([code, out]).toEqual([
      0,
      expect.stringContaining('5 lines, 2 exchanges, 3 signatures: all as written'),
    ])
    expect(out).toContain(`hash ${head}`)
    expect((await run('verify', `--head=${head}`, ...files)).code).toBe(0)
    const dashed = `-${'a'.repeat(41)}A`
    const other = await run('verify', '--head', dashed, ...files)
    expect([other.code, other.out.includes(`no chain ends with ${dashed}`)]).toEqual([1, true])
    const missed = await run('verify', '--head', 'another', ...files)
    expect([missed.code, missed.out]).toEqual([1, expect.stringContaining('no chain ends with another')])
    expect(missed.out).toMatch(/: 1 fault\n$/)
  })

  it('verify: each hash that is named must be the end of a chain, that of one thread as that of another', async () => {
    const directory = await evidenceFolder()
    const other = await aChain({ directory })
    other.append(aRecord())
    await other.close()
    const heads = ['--head', head, '--head', other.head.hash]
    expect((await run('verify', ...heads, folder, directory)).code).toBe(0)
    const { code, out } = await run('verify', '--head', 'gone', ...heads, folder, directory)
    expect([code, out]).toEqual([1, expect.stringContaining('no chain ends with gone')])
  })

  it('verify and show: take a folder for the files of chains in it, whatever lies beside them', async () => {
    await writeFile(join(folder, 'notes.txt'), 'not of a chain')
    expect(await run('verify', folder)).toEqual(await run('verify', ...files))
    expect(await run('show', '--interaction-id', 'letter', folder)).toEqual(
      await run('show', '--interaction-id', 'letter', ...files),
    )
    const empty = await evidenceFolder()
    expect(await run('verify', empty)).toEqual({
      code: 2,
      out: `holdfast evidence: ${empty} has no file evidence-t….jsonl in it. Try --help.\n`,
    })
  })

  it('show: prints an exchange; what came from outside steers neither terminal nor reader', async () => {
    const { code, out } = await run('show', '--interaction-id', 'letter', ...files)
    expect(code).toBe(0)
    expect(out).toContain('Every line is as it was written')
    expect(out).toContain('Signature 1, by the gateway: verifies')
    expect(out).toContain('    | "@status": 201 |')
    expect(out).toContain('Dear \ufffd[31mSir')
    expect([out.includes('\u001b'), /^Status: 200/m.test(out)]).toEqual([false, false])
  })

  it('show: says what could not be kept, and of files that are not closed', async () => {
    const directory = await evidenceFolder()
    const chain = await aChain({ directory })
    chain.append(aRecord({ interaction_id: 'open' }))
    await vi.waitUntil(() => chain.unsynced === 0)
    const { code, out } = await run('show', '--interaction-id', 'open', directory)
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/^To be known besides \(1\):\n {2}.+:2 is the last line/m),
    ])
    await chain.close()
    expect((await run('show', '--interaction-id', 'open', directory)).out).not.toContain('To be known')
  })

  it('show: says of a request without an answer that what came of it is not known', async () => {
    expect((await run('show', '--interaction-id', 'open', ...files)).out).toContain(
      'No answer was written down',
    )
    expect((await run('show', '--interaction-id', 'none', ...files)).code).toBe(1)
  })

  it.each([
    [['verify', '/nowhere'], 'no such file'],
    [['verify'], 'name the files'],
    [['show', 'x'], '--interaction-id is missing'],
    [['show', '--interaction-id', 'letter', '--head', 'gone', 'x'], '--head is for verify'],
    [['burn', 'x'], 'say verify or show'],
    [['verify', '--loud', 'x'], '--loud'],
  ])('%j is a wrong argument', async (args, says) => {
    expect(await run(...args)).toEqual({ code: 2, out: expect.stringContaining(says) })
  })

  it('--help says how', async () => {
    expect(await run('--help')).toEqual({
      code: 0,
      out: expect.stringContaining('holdfast evidence verify FILE'),
    })
  })
})
