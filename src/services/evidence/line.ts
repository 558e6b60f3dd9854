import { hash } from 'node:crypto'
import { type JsonObject, parseJsonObject } from '../../codec/json.ts'

/** One line of an evidence file, found to be whole: its own hash fits. Whether it fits the line before is for the reader. */
export interface ReadLine {
  /** Its number in the chain, from 1. */
  readonly n: number
  /** Hash of the line before; null in the first of a chain. */
  readonly prev: string | null
  /** Base64url of SHA-256 over the line up to this member. */
  readonly hash: string
  readonly record: JsonObject
}

export interface SealedLine {
  /** With its line feed. */
  readonly octets: Buffer
  readonly hash: string
}

/**
 * Makes a record, the octets of a JSON object, the line after the one with this hash. The hash stands last and is over every octet
 * before it, that of the line before among them, so that no octet of a file can be changed without the chain saying where.
 */
export function sealLine(n: number, prev: string | null, record: Buffer): SealedLine {
  const line = Buffer.allocUnsafe(record.length + AROUND)
  let end = line.write(`{"n":${n},"prev":${JSON.stringify(prev)},`)
  end += record.copy(line, end, 1, record.length - 1)
  const sealed = hash('sha256', line.subarray(0, end), 'base64url')
  end += line.write(`${BEFORE}${sealed}"}\n`, end)
  return { octets: line.subarray(0, end), hash: sealed }
}

/** Reads a line without its line feed; undefined where an octet of it is not as it was written. */
export function readLine(octets: Buffer): ReadLine | undefined {
  const open = octets.length - TAIL
  if (open < 1 || octets.toString('latin1', open, open + BEFORE.length) !== BEFORE) return undefined
  const claimed = octets.toString('latin1', open + BEFORE.length, octets.length - 2)
  if (octets.toString('latin1', octets.length - 2) !== '"}') return undefined
  if (hash('sha256', octets.subarray(0, open), 'base64url') !== claimed) return undefined
  const record = parseJsonObject(octets)
  if (record === undefined) return undefined
  const { n, prev } = record
  if (typeof n !== 'number' || !(prev === null || typeof prev === 'string')) return undefined
  return { n, prev, hash: claimed, record }
}

const BEFORE = ',"hash":"'
/** Octets from there to the end of the line. */
const TAIL = BEFORE.length + 43 + 2
/** Octets that a line has more than its record, at most. */
export const AROUND = 5 + 16 + 9 + 43 + 2 + TAIL + 1
