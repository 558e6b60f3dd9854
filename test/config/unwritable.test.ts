import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { loadDocument } from '../../src/config/load.ts'
import { SAMPLE } from './sample.ts'

/** Nobody may write into a folder of this name: tests may run as root, whom no mode keeps out. */
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>()
  const accessSync: typeof fs.accessSync = (path, mode) => {
    if (mode === fs.constants.W_OK && String(path).endsWith('/locked'))
      throw Object.assign(new Error('no right'), { code: 'EACCES' })
    fs.accessSync(path, mode)
  }
  return { ...fs, accessSync }
})

it.each(['locked', 'locked/evidence', 'locked/to/be/made'])(
  'a directory of evidence cannot be made where nothing can: %s',
  (directory) => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-config-'))
    mkdirSync(join(folder, 'locked'))
    for (const name of ['server.pem', 'server-key.pem']) writeFileSync(join(folder, name), '')
    const file = join(folder, 'gateway.yaml')
    writeFileSync(file, `evidence: { directory: ${directory} }\n${SAMPLE}`)
    expect(() => loadDocument(file)).toThrow(
      `evidence.directory: expected the path of a directory that can be written, found one to which this process has no right at ${folder}/locked`,
    )
  },
)
