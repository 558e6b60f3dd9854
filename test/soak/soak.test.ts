import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { Book } from './book.ts'
import { isTiled, tiled, uuidOf } from './marks.ts'
import { soak } from './soak.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-soak-test-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('the soak', () => {
  it('violates nothing in a few seconds of everything at once; memory is judged by the long one alone', async () => {
    const { book, disturbed } = await soak({
      ...{
        folder,
        seconds: 15,
        rate: 50,
        atOnce: 24,
        headerTimeout: 30,
        judgesMemory: false,
        say: () => {},
      },
    })
    expect([...book.violations]).toEqual([])
    expect(disturbed['kills']).toBeGreaterThan(0)
    expect(disturbed['introspection away']).toBeGreaterThan(0)
    for (const kind of ['dpop GET', 'introspected, evidence', 'signed GET', 'signed, evidence'])
      expect(book.outcomes.get(kind)?.get('200'), kind).toBeGreaterThan(0)
    expect(book.outcomes.size).toBeGreaterThan(30)
  }, 240_000)

  it.each([
    ['a request that nobody sent', () => ['pass-1 GET c'], 'the upstream saw a request that nobody sent'],
    [
      'one that had to be refused',
      (book: Book) => [`${book.enter({ kind: 'k', method: 'GET', expected: 'refuse' })} GET c`],
      'what must be refused reached the upstream',
    ],
    [
      'a POST twice',
      (book: Book) => {
        const id = book.enter({ kind: 'k', method: 'POST', expected: 'pass' })
        return [`${id} POST c`, `${id} POST c`]
      },
      'a POST reached the upstream 2 times',
    ],
    [
      'a GET once more',
      (book: Book) => {
        const id = book.enter({ kind: 'k', method: 'GET', expected: 'pass' })
        return [`${id} GET c`, `${id} GET c`]
      },
      undefined,
    ],
    [
      "another's name",
      (book: Book) => [`${book.enter({ kind: 'k', method: 'GET', expected: 'pass', client: 'a' })} GET b`],
      "another client's name",
    ],
    [
      'two with one proof',
      (book: Book) =>
        [1, 2].map(() => `${book.enter({ kind: 'k', method: 'GET', expected: 'either', group: 'g' })} GET c`),
      'one proof was good for two requests',
    ],
  ])('sees %s in a journal', (name, journal, violation) => {
    const file = join(folder, `${name}.journal`)
    const book = new Book([file])
    const lines = journal(book)
    // In two parts, as it may be read in the middle of a line.
    const text = `${lines.join('\n')}\n`
    writeFileSync(file, text.slice(0, 5))
    book.readJournals()
    appendFileSync(file, text.slice(5))
    book.readJournals()
    expect([...book.violations.keys()]).toEqual(violation === undefined ? [] : [violation])
  })

  it('sees what the evidence says otherwise than the upstream', () => {
    const file = join(folder, 'kept.journal')
    const book = new Book([file])
    const kept = { kind: 'k', method: 'POST', isKept: true } as const
    const refused = book.enter({ ...kept, expected: 'refuse' })
    const [told, untold, unseen] = [1, 2, 3].map(() => book.enter({ ...kept, expected: 'pass' }))
    writeFileSync(file, `${told} POST c\n${untold} POST c\n`)
    book.readJournals()
    book.compareEvidence(new Set([told, unseen].map((id) => uuidOf(id as string))))
    expect([...book.violations]).toEqual([
      ['the upstream saw what there is no evidence of', { count: 1, first: `k: ${untold}` }],
    ])
    book.compareEvidence(new Set([told, untold, refused].map((id) => uuidOf(id as string))))
    expect([...book.violations.keys()].at(-1)).toBe('evidence of letting through what must be refused')
  })

  it('knows its own octets from those of another', () => {
    const octets = Buffer.concat([...tiled('pass-a', 3, 90_000)])
    expect(octets).toHaveLength(89_997)
    expect(isTiled(octets, 'pass-a', 3)).toBe(true)
    expect(isTiled(octets, 'pass-a', 4)).toBe(false)
    expect(isTiled(octets, 'pass-b', 3)).toBe(false)
  })
})
