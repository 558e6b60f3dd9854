import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { threadCount } from '../../src/runtime/cpus.ts'
import { ROOT } from '../support/gateway.ts'

it('serves with a thread for each CPU that the process may use, or as many as are said', () => {
  expect(threadCount('auto')).toBe(availableParallelism())
  expect(threadCount(3)).toBe(3)
  const module = JSON.stringify(join(ROOT, 'src/runtime/cpus.ts'))
  const count = ['-e', `import(${module}).then(({ threadCount }) => console.log(threadCount()))`]
  const { stdout } = spawnSync('taskset', ['-c', '0', process.execPath, ...count], { encoding: 'utf8' })
  expect(stdout).toBe('1\n')
})
