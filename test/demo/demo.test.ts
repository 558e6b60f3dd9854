import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { freePorts } from './free-ports.ts'

describe('npm run demo', () => {
  it('-- --once ends 0 with every line as it should be, and leaves nothing running', async () => {
    const ports = await freePorts()
    const demo = start(ports, '--once')
    expect(await demo.ended, demo.text()).toBe(0)
    const lines = demo.text().split('\n')
    expect(lines.filter((line) => line.endsWith(' ok')).length).toBeGreaterThanOrEqual(20)
    expect(demo.text()).not.toContain('NOT')
    expect(demo.text()).not.toContain('\x1b[')
    await expectNobody(ports)
  }, 180_000)

  it('stays up with commands to paste until it is told to end, and leaves nothing running', async () => {
    const ports = await freePorts()
    const demo = start(ports)
    await demo.until('stays up until Ctrl-C')
    expect(demo.text()).toContain('npx holdfast proof --key certs/demo/dpop-key.pem')
    expect((await fetch(`http://127.0.0.1:${ports.HOLDFAST_ADMIN_PORT}/readyz`)).status).toBe(200)
    demo.child.kill('SIGINT')
    expect(await demo.ended, demo.text()).toBe(0)
    await expectNobody(ports)
  }, 180_000)

  it('leaves nothing running when it is ended half way', async () => {
    const ports = await freePorts()
    const demo = start(ports)
    await demo.until('what was tried')
    demo.child.kill('SIGTERM')
    expect(await demo.ended).not.toBe(null)
    await expectNobody(ports)
  }, 180_000)

  it.each(['HOLDFAST_PORT', 'HOLDFAST_ADMIN_PORT', 'HOLDFAST_AS_PORT', 'HOLDFAST_BANK_PORT'] as const)(
    'says in one sentence that the port of %s is taken',
    async (variable) => {
      const ports = await freePorts()
      const squatter = createServer().listen(Number(ports[variable]), '127.0.0.1')
      await once(squatter, 'listening')
      const demo = start(ports, '--once')
      expect(await demo.ended).toBe(1)
      squatter.close()
      const sentence = `Port ${ports[variable]} on 127.0.0.1 is taken. Set ${variable} to a free one and try again.`
      expect(demo.text().trim()).toBe(sentence)
      await expectNobody(ports)
    },
  )
})

function start(ports: Record<string, string>, ...args: string[]) {
  const root = join(import.meta.dirname, '../..')
  const child: ChildProcess = spawn(process.execPath, ['deploy/demo/main.ts', ...args], {
    cwd: root,
    env: { ...process.env, ...ports },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  const waiting = new Set<() => void>()
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      for (const look of waiting) look()
    })
  }
  const ended = once(child, 'close').then(([code]) => code as number | null)
  const until = (words: string) =>
    new Promise<void>((resolve, reject) => {
      waiting.add(() => text.includes(words) && resolve())
      ended.then(() => reject(new Error(`It ended without “${words}”:\n${text}`)))
    })
  return { child, ended, until, text: () => text }
}

/** Every port can be listened on again: neither the demonstration nor the gateway is left. */
async function expectNobody(ports: Record<string, string>): Promise<void> {
  for (const port of Object.values(ports)) {
    const server = createServer().listen(Number(port), '127.0.0.1')
    await once(server, 'listening')
    server.close()
  }
}
