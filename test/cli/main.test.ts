import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }

describe('a reader that has seen enough', () => {
  it.each([['--schema'], ['--help'], ['codes'], ['proof', '--help'], ['token', '--help']])(
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

describe('an argument that is mistaken', () => {
  it.each([
    ['--chek', 'holdfast: there is no option --chek; did you mean `--check`? Try --help.'],
    ['--unlike-any', 'holdfast: there is no option --unlike-any. Try --help.'],
    ['explian', 'holdfast: there is no command explian; did you mean `explain`? Try --help.'],
    ['proof --keey k', 'holdfast proof: there is no option --keey; did you mean `--key`? Try --help.'],
    [
      'token --audence a',
      'holdfast token: there is no option --audence; did you mean `--audience`? Try --help.',
    ],
    [
      'explain --confg c',
      'holdfast explain: there is no option --confg; did you mean `--config`? Try --help.',
    ],
    ['evidence --haed x', 'holdfast evidence: there is no option --haed; did you mean `--head`? Try --help.'],
    [
      'shadow-report --jsn',
      'holdfast shadow-report: there is no option --jsn; did you mean `--json`? Try --help.',
    ],
  ])('%s is told in a line', (args, told) => {
    const { status, stderr } = spawnSync(process.execPath, ['src/main.ts', ...args.split(' ')], {
      encoding: 'utf8',
    })
    expect([status, stderr]).toEqual([2, `${told}\n`])
  })
})

it('says its version', () => {
  const { status, stdout } = spawnSync(process.execPath, ['src/main.ts', '--version'], { encoding: 'utf8' })
  expect([status, stdout]).toEqual([0, `${packageJson.version}\n`])
})
