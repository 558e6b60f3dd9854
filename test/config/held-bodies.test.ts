import { describe, expect, it } from 'vitest'
import { digestRules } from '../../src/config/cross-check/digests.ts'
import { heldBodyRules } from '../../src/config/cross-check/held-bodies.ts'
import { crossCheck } from '../../src/config/cross-check.ts'
import { pathText } from '../../src/config/problem.ts'

describe('the memory of held bodies', () => {
  const faults = (held_body_size: unknown, memory?: unknown) => {
    const raw = {
      held_bodies: memory === undefined ? {} : { memory },
      routes: [{ limits: { held_body_size } }],
    }
    return [...heldBodyRules(raw)].map(({ path, expected }) => `${pathText(path)} ${expected}`)
  }

  it('has room for the longest body of each route', () => {
    expect(faults('2MiB', '2MiB')).toEqual([])
    expect(faults('256MiB')).toEqual([])
    const fault = ['routes[0].limits.held_body_size no more than `held_bodies.memory`']
    expect(faults('2049KiB', '2MiB')).toEqual(fault)
    expect(faults('257MiB')).toEqual(fault)
  })

  it('has room for the longest answer that is signed, too', () => {
    const limits = { held_answer_size: '3MiB' }
    expect([...heldBodyRules({ held_bodies: { memory: '2MiB' }, routes: [{ limits }] })]).toEqual([
      expect.objectContaining({ path: ['routes', 0, 'limits', 'held_answer_size'], found: '"3MiB"' }),
    ])
  })

  it('holds none that evidence could not have in one line', () => {
    const said = (evidence: string, size: string) =>
      ['held_body_size', 'held_answer_size'].map(
        (key) =>
          [
            ...heldBodyRules({
              held_bodies: { memory: '1GiB' },
              routes: [{ evidence, limits: { [key]: size } }],
            }),
          ].length,
      )
    expect(said('bodies', '257MiB')).toEqual([1, 1])
    expect([said('bodies', '256MiB'), said('signatures', '1GiB')].flat()).toEqual([0, 0, 0, 0])
  })

  it('what is malformed is the business of the schema', () => {
    expect([faults(1, '2MiB'), faults('2GiB', true), faults(undefined)]).toEqual([[], [], []])
    expect(crossCheck({ held_bodies: 1, routes: 1 })).not.toContainEqual(
      expect.objectContaining({ expected: 'no more than `held_bodies.memory`' }),
    )
  })
})

describe('digests of bodies', () => {
  const faults = (require: object) =>
    [...digestRules({ routes: [{ require }] })].map(({ path, expected }) => `${pathText(path)} ${expected}`)

  it('are required where a signature is', () => {
    expect(faults({ signature: 'fapi2' })).toEqual([])
    expect(faults({ signature: 'fapi2', content_digest: 'required' })).toEqual([])
    expect(faults({ content_digest: 'off' })).toEqual([])
    for (const content_digest of ['off', 'optional']) {
      expect(faults({ signature: 'fapi2', content_digest })).toEqual([
        'routes[0].require.content_digest required, as requests are signed',
      ])
    }
  })

  it('may be left out where only answers are signed, and are true where they come', () => {
    const expectations = (content_digest: string) => {
      const require = { signature: 'answers', content_digest }
      const raw = { signature_profiles: { answers: { request: 'off' } }, routes: [{ require }] }
      return [...digestRules(raw)].map(({ expected }) => expected)
    }
    expect(['required', 'optional', 'off'].map(expectations)).toEqual([
      [],
      [],
      ['optional or required, as answers are signed over it'],
    ])
  })
})
