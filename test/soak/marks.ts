import { hash, randomUUID } from 'node:crypto'

/** What must become of a request: it passes, it is refused, or either (its client breaks off, or proves the same twice). */
export type Expected = 'pass' | 'refuse' | 'either'

/** The id of a request says what must become of it, so that the upstream's journal is enough to convict. */
export function mark(expected: Expected): string {
  return `${expected}-${randomUUID()}`
}

/** The UUID in it, which is the request's `x-fapi-interaction-id`. */
export function uuidOf(id: string): string {
  return id.slice(id.indexOf('-') + 1)
}

/** Octets `from` to `to` of the id over and over: no other request has the same. */
export function* tiled(id: string, from: number, to: number): Iterable<Buffer> {
  const tile = tileOf(id)
  for (let at = from; at < to; ) {
    const begin = at % id.length
    const end = Math.min(tile.length, begin + (to - at))
    yield tile.subarray(begin, end)
    at += end - begin
  }
}

/** RFC 9530 §2, of the body that a request with this id has. */
export function digestOf(id: string, octets: number): string {
  return `sha-256=:${hash('sha256', Buffer.concat([...tiled(id, 0, octets)]), 'base64')}:`
}

/** Whether a chunk that begins at this octet is what `tiled` gives. */
export function isTiled(chunk: Buffer, id: string, at: number): boolean {
  let done = 0
  for (const part of tiled(id, at, at + chunk.length)) {
    if (part.compare(chunk, done, done + part.length) !== 0) return false
    done += part.length
  }
  return true
}

function tileOf(id: string): Buffer {
  if (last.id !== id) last = { id, tile: Buffer.from(id.repeat(Math.ceil(TILE / id.length))) }
  return last.tile
}

let last = { id: '', tile: Buffer.alloc(0) }
/** Octets, or a little more. */
const TILE = 32 * 1024
/** Fields. */
export const ID = 'x-soak-id'
export const ECHO = 'x-soak-echo'
/** RFC 9110 §9.2.1. */
export const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])
