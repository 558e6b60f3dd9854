import { KINDS, type Revocation, type RevokedBy, type RevokedThing } from './revocation-list.ts'

/** What one replica tells the others of something that was revoked, or taken back. */
export interface Note {
  readonly entry: Revocation
  readonly isTakenBack: boolean
  /** Microseconds of Unix time: of two that contradict each other the later counts. */
  readonly at: number
}

/** What it is about, in one text. */
export function thingOf({ by, issuer, value }: RevokedThing): string {
  return JSON.stringify([by, issuer, value])
}

/** All else that it says: when it was said, until when it counts, and which tokens are meant. */
export function textOf({ entry: { issuedBefore, until }, isTakenBack, at }: Note): readonly string[] {
  return [String(at), String(until), isTakenBack ? TAKEN_BACK : String(issuedBefore ?? EVERY)]
}

/** By the things; without those of which nothing can be read, which are told again. */
export function readNotes(
  things: readonly string[],
  texts: readonly (string | null)[],
): ReadonlyMap<string, Note> {
  const notes = new Map<string, Note>()
  for (const [at, thing] of things.entries()) {
    const note = readNote(thing, texts[at] ?? '')
    if (note !== undefined) notes.set(thing, note)
  }
  return notes
}

/** Undefined where another has written there. */
export function readNote(thing: string, text: string): Note | undefined {
  const name = readThing(thing)
  const [, at, until, meant] = TEXT.exec(text) ?? []
  if (name === undefined || meant === undefined) return undefined
  const isTakenBack = meant === TAKEN_BACK
  const issuedBefore = isTakenBack || meant === EVERY ? null : Number(meant)
  return { entry: { ...name, issuedBefore, until: Number(until) }, isTakenBack, at: Number(at) }
}

function readThing(thing: string): RevokedThing | undefined {
  let parts: unknown
  try {
    parts = JSON.parse(thing)
  } catch {
    return undefined
  }
  if (!Array.isArray(parts) || parts.length !== 3) return undefined
  const [by, issuer, value] = parts
  const isIssued = by === 'token_hash' ? issuer === null : typeof issuer === 'string'
  if (!KINDS.includes(by) || !isIssued || typeof value !== 'string') return undefined
  return { by: by as RevokedBy, issuer, value }
}

export const EVERY = 'every'
export const TAKEN_BACK = 'back'
/** As `note-script.ts` writes it. */
const TEXT = new RegExp(`^(\\d{1,16}) (\\d{1,16}) (\\d{1,16}|${EVERY}|${TAKEN_BACK})$`)
