import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { completed, launch, ROUTES, startGateway } from '../support/gateway.ts'
import { published } from '../support/keys.ts'
import { issuerKey } from '../support/wire-tokens.ts'
import { freePort } from '../support/wire-upstream.ts'

const CONFIG = { upstreams: { bank: { url: 'http://127.0.0.1:9' } }, routes: ROUTES }

describe('the command line', () => {
  const folders: string[] = []

  afterAll(async () => {
    for (const folder of folders) await rm(folder, { recursive: true })
  })

  async function file(text: string): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'))
    folders.push(folder)
    await writeFile(join(folder, 'issuer.jwks.json'), JSON.stringify(published(issuerKey())))
    await writeFile(join(folder, 'gateway.yaml'), text)
    return join(folder, 'gateway.yaml')
  }

  async function ended(...args: string[]) {
    const process = await launch(args)
    return { code: await process.ended, stdout: process.stdout(), stderr: process.stderr() }
  }

  it('--check says that a file is good, lists what weakens it, and ends', async () => {
    const path = await file(JSON.stringify(await completed(CONFIG)))
    const { code, stdout, stderr } = await ended('--config', path, '--check')
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain('danger_public')
    expect(stdout.trim().split('\n').at(-1)).toBe(`${path}: the configuration is good`)
  })

  it('--schema prints a JSON Schema', async () => {
    const { code, stdout } = await ended('--schema')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ properties: { listeners: expect.anything() } })
  })

  it.each([['--check'], []])(
    'tells every problem of a bad file with its line and column, and ends with 1 %s',
    async (...args) => {
      const path = await file('threads: many\nlisteners: []\nroutes:\n  - path: /x\n    upstraem: bank\n')
      const { code, stderr, stdout } = await ended('--config', path, ...args)
      expect([code, stdout]).toEqual([1, ''])
      for (const place of ['1:10', '5:5']) expect(stderr).toContain(`${path}:${place}`)
      expect(stderr).toContain('upstream')
      expect(stderr).not.toContain('    at ')
    },
  )

  it.each([
    [['--config', '/nowhere/gateway.yaml'], 1, '/nowhere/gateway.yaml'],
    [[], 2, '--config FILE'],
    [['--nonsense'], 2, '--nonsense'],
  ])('%s ends with a sentence', async (args, expected, words) => {
    const { code, stderr } = await ended(...args)
    expect([code, stderr.includes(words), stderr.includes('    at ')]).toEqual([expected, true, false])
  })

  it('a certificate that does not fit its key stops the start', async () => {
    const path = await file(
      JSON.stringify(
        await completed({ ...CONFIG, listeners: [{ tls: { private_key: 'issuer.jwks.json' } }] }),
      ),
    )
    const { code, stderr } = await ended('--config', path)
    expect([code, stderr.includes('private_key')]).toEqual([1, true])
  })

  it.each(['listener', 'admin'])(
    'a second instance on the same %s address ends with a sentence',
    async (what) => {
      const port = await freePort()
      const bind = `127.0.0.1:${port}`
      const taken =
        what === 'listener' ? { ...CONFIG, listeners: [{ bind }] } : { ...CONFIG, admin: { bind } }
      const first = await startGateway(taken)
      const second = await ended('--config', await file(JSON.stringify(await completed(taken))))
      expect(second.code).toBe(1)
      expect(second.stderr).toBe(`${bind} is in use: another Holdfast, or another program, listens there\n`)
      expect((await first.call({ path: '/accounts' })).status).toBe(401)
      await first.stop()
    },
  )
})
