import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openFiles, tooFewFiles } from '../../../src/runtime/notices/open-files.ts'
import { ROOT } from '../../support/gateway.ts'

const document = {
  listeners: [{ limits: { max_connections: 300 } }, { limits: { max_connections: 200 } }],
  upstreams: { one: { max_connections: 60 }, other: { max_connections: 40 } },
}

it('tells where connections could take more files than may be open', () => {
  expect(tooFewFiles(document, 599)).toEqual({ open_files: 599, connections: 600 })
  expect(tooFewFiles(document, 600)).toBe(null)
  expect(tooFewFiles(document, null)).toBe(null)
})

it('reads how many may be open', () => {
  const module = JSON.stringify(join(ROOT, 'src/runtime/notices/open-files.ts'))
  const script = `import(${module}).then(({ openFiles }) => console.log(openFiles()))`
  const { stdout } = spawnSync('sh', ['-c', 'ulimit -n 123 && exec "$0" -e "$1"', process.execPath, script], {
    encoding: 'utf8',
  })
  expect(stdout).toBe('123\n')
  expect(openFiles()).toBeGreaterThan(123)
})
