import { mkdtempSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { makeDirectory } from '../../../src/services/evidence/directory.ts'

it('makes what is missing, for its owner alone', () => {
  const directory = join(mkdtempSync(join(tmpdir(), 'holdfast-test-')), 'one', 'two')
  makeDirectory(directory)
  makeDirectory(directory)
  expect(statSync(directory).mode & 0o777).toBe(0o700)
})

it('takes it that another thread was first', () => {
  const made = join(mkdtempSync(join(tmpdir(), 'holdfast-test-')), 'made')
  // It is there, as of one that came in between, though it was not to be seen.
  symlinkSync('nowhere', made)
  expect(() => makeDirectory(made)).not.toThrow()
})

it('comes back where the system has no place for it', () => {
  expect(() => makeDirectory('/proc/holdfast/evidence')).toThrow('/proc/holdfast')
})
