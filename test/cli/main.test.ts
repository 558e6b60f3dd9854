import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'

describe('a reader that has seen enough', () => {
  it.each([['--schema'], ['--help'], ['codes'], ['proof', '--help']])(
    'is no fault of %s',
    async (...args) => {
      const child = spawn(process.execPath, ['src/main.ts', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
      child.stdout.destroy()
      let stderr = ''
      child.stderr.on('data', (text) => {
        stderr += text
      })
      expect([(await once(child, 'close'))[0], stderr]).toEqual([0, ''])
    },
  )
})
