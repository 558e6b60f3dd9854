import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ROOT } from '../support/gateway.ts'

it('of files that hang, two for each thread leave as many places for other work as there were', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-pool-'))
  const pipe = join(folder, 'pipe')
  // Nobody writes into it, so whoever opens it to read waits.
  spawnSync('mkfifo', [pipe])
  const module = JSON.stringify(join(ROOT, 'src/runtime/pool.ts'))
  const program = `import(${module}).then(async ({ makeRoomForFiles }) => {
    makeRoomForFiles(4)
    for (let at = 0; at < 8; at++) fs.open(${JSON.stringify(pipe)}, () => {})
    console.log((await fs.promises.stat('.')).isDirectory())
    process.kill(process.pid, 'SIGKILL')
  })`
  const { stdout } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8', timeout: 20_000 })
  expect(stdout).toBe('true\n')
  await rm(folder, { recursive: true })
})
