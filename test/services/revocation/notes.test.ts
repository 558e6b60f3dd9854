import { describe, expect, it } from 'vitest'
import { type Note, readNotes, textOf, thingOf } from '../../../src/services/revocation/note.ts'
import { Notes } from '../../../src/services/revocation/notes.ts'
import { of, START } from '../replicas-world.ts'

const A = of('a')
/** Microseconds. */
const NOW = START * 1_000_000

/** Notes of which each is told. */
function allTold(...entries: (typeof A)[]): Notes {
  const notes = new Notes()
  for (const entry of entries) notes.add(entry, false, NOW)
  notes.told(notes.next(10))
  return notes
}

const untold = (notes: Notes) => notes.next(10).map(({ note, how }) => [note.entry.value, how])

/** As it was written. */
function written(note: Note): ReadonlyMap<string, Note> {
  return readNotes([thingOf(note.entry)], [textOf(note).join(' ')])
}

describe('what a replica knows of revocations', () => {
  it('is no news where it hears what it said, taken back or not', () => {
    for (const isTakenBack of [false, true]) {
      const notes = new Notes()
      notes.add({ ...A, issuedBefore: 9 }, isTakenBack, NOW)
      const [said] = notes.next(1)
      notes.told([said!])
      expect(notes.hear(written(said!.note), START)).toEqual([])
    }
  })

  it('is told anew where it changed while it was told', () => {
    const notes = new Notes()
    const thing = notes.add(A, false, NOW)
    const before = notes.next(1)
    notes.add(A, true, NOW)
    notes.told(before)
    expect(notes.isUntold(thing)).toBe(true)
    const [now] = notes.next(1)
    expect([now!.note.isTakenBack, now!.note.at > before[0]!.note.at]).toEqual([true, true])
  })

  it('is told again to who lacks it, what still counts and is not news', () => {
    const [over, known, news] = [of('over', 0), of('known'), of('news')]
    const notes = allTold(A, over, known)
    notes.add(news, false, NOW)
    notes.tellAllBut(new Set([thingOf(known)]), START)
    expect(untold(notes)).toEqual([
      ['news', 'news'],
      ['a', 'again'],
    ])
  })

  it('need not be told again where something later was heard of it', () => {
    const notes = allTold(A)
    notes.tellAllBut(new Set(), START)
    const later = { entry: A, isTakenBack: true, at: NOW + 1 }
    expect(notes.hear(written(later), START)).toEqual([later])
    expect(untold(notes)).toEqual([])
  })

  it('that is said here and told to nobody yet is not undone by what is heard meanwhile', () => {
    const notes = new Notes()
    const thing = notes.add(A, false, NOW)
    expect(notes.hear(written({ entry: A, isTakenBack: true, at: NOW + 1 }), START)).toEqual([])
    expect([notes.isUntold(thing), notes.next(1)[0]!.note.isTakenBack]).toEqual([true, false])
  })

  it('is lacked by who knows of fewer than were told, of those that count; only then others are forgotten', () => {
    const over = of('over', 0)
    const living = (notes: Notes, now: number) => notes.living(now).map(({ entry }) => entry.value)
    const notes = allTold(A, over)
    notes.add(of('news'), false, NOW)
    expect(notes.outnumber(2, START)).toBe(false)
    expect([living(notes, START), living(notes, START - 1)]).toEqual([
      ['a', 'news'],
      ['a', 'over', 'news'],
    ])
    expect(notes.outnumber(1, START)).toBe(false)
    expect(living(notes, START - 1)).toEqual(['a', 'news'])
    expect(notes.outnumber(0, START)).toBe(true)
    const others = allTold(A)
    others.add(over, false, NOW)
    expect([others.outnumber(0, START), untold(others)]).toEqual([true, []])
  })
})
