import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { loadDocument } from '../../src/config/load.ts'
import { openListener } from '../../src/gateway/listener.ts'
import { canShare } from '../../src/runtime/addresses.ts'
import { readSettings } from '../../src/runtime/settings/settings.ts'
import { completed, ROUTES } from '../support/gateway.ts'
import { published } from '../support/keys.ts'
import { issuerKey } from '../support/wire-tokens.ts'
import { freePort } from '../support/wire-upstream.ts'

const DIALS = 64

it.runIf(canShare)(
  'takes several of the connections that wait in one turn, so that long turns keep nobody waiting',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'))
    const file = join(folder, 'gateway.yaml')
    const config = { upstreams: { bank: { url: 'http://127.0.0.1:1' } }, routes: ROUTES }
    await writeFile(join(folder, 'issuer.jwks.json'), JSON.stringify(published(issuerKey())))
    await writeFile(file, JSON.stringify(await completed(config)))
    const [settings] = readSettings(loadDocument(file)).listeners
    const port = await freePort()
    let taken = 0
    // None may stay, so each is told of as it is taken.
    const listener = await openListener(
      { ...settings!, port, isShared: true, maxConnectionsPerAddress: 0 },
      {
        snapshot: () => undefined as never,
        serve: () => {},
        parseFault: () => {},
        handshakeFailed: () => {},
        dropped: () => void taken++,
      },
    )
    // All of them have dialled before the next turn begins.
    execFileSync(process.execPath, ['-e', DIAL, `${port}`, `${DIALS}`])
    let turns = 0
    for (; taken < DIALS; turns++) await nextTurn()
    await listener.drain(0)
    await rm(folder, { recursive: true })
    expect(turns).toBeLessThan(DIALS / 2)
  },
)

const DIAL = `
const [port, count] = process.argv.slice(1).map(Number)
let left = count
for (let at = 0; at < count; at++)
  require('node:net').connect(port, '127.0.0.1', () => --left === 0 && process.exit())
`
