import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { catalogues } from '../../src/cli/codes.ts'

const groups = await catalogues()
const denials = groups.flatMap((each) => each.denials)
const page = readFileSync(new URL('../../config/CODES.md', import.meta.url), 'utf8')

describe('the page of codes', () => {
  it('has every code once, with a cause and a remedy in a sentence each', () => {
    expect(denials.length).toBeGreaterThan(80)
    for (const { code, says, remedy } of denials) {
      expect(page.split(`\`${code}\` |`), code).toHaveLength(2)
      expect(says, code).toMatch(/^[A-Z].*\.$/)
      expect(remedy, code).toMatch(/^[A-Z].*\.$/)
      expect(remedy, code).not.toBe(says)
    }
  })

  it('follows the order in which requests are judged', () => {
    const titles = page.match(/^## .*$/gm)!
    expect(titles).toHaveLength(groups.length)
    expect(titles.filter((title) => title.includes('/'))).toEqual([])
    expect([titles[0], titles[1], titles.at(-1)]).toEqual([
      '## The request',
      '## The access token',
      '## Behind the gateway',
    ])
  })
})

describe('holdfast codes', () => {
  const command = (...args: string[]) => ['src/main.ts', 'codes', ...args]

  it('prints one code as it stands in the log or in the address of its page', () => {
    const said = ['DPOP_JKT', 'dpop-jkt'].map((code) =>
      execFileSync(process.execPath, command(code), { encoding: 'utf8' }),
    )
    expect(said[0]).toMatch(
      /^DPOP_JKT: 401 invalid_token, RFC 9449 §4\.3\(12\)\n {2}cause: .*\n {2}remedy: .*\n$/,
    )
    expect(said[1]).toBe(said[0])
  })

  it('refuses what it does not know, and says what was probably meant', () => {
    const told = ['NO_SUCH', 'dpop-replayd'].map((code) =>
      spawnSync(process.execPath, command(code), { encoding: 'utf8' }),
    )
    expect(told.map(({ status, stderr }) => [status, stderr])).toEqual([
      [1, 'holdfast codes: there is no code NO_SUCH.\n'],
      [1, 'holdfast codes: there is no code DPOP_REPLAYD; did you mean `DPOP_REPLAYED`?\n'],
    ])
    expect(spawnSync(process.execPath, command('--everything')).status).toBe(2)
  })

  it('says how it is called where that is asked for, as any other answer', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, command('--help'), { encoding: 'utf8' })
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toContain('holdfast codes CODE …')
  })
})
