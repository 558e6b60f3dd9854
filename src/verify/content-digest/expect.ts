import { combinedValue } from '../../codec/field-scan.ts'
import { type Member, parseDictionary } from '../../codec/structured-field.ts'
import type { Denial } from '../../domain/denial.ts'
import type { DigestAlgorithm } from '../../domain/held-body.ts'
import type { RequestFacts } from '../../domain/request-facts.ts'
import { D } from './denials.ts'

/** How much is asked of the digests of a request. */
export type DigestMode = 'optional' | 'counting' | 'required'

/** What the head of a request says that its body will hash to. */
export interface ExpectedDigests {
  /** Of `Content-Digest`, those of algorithms that count; empty where there are none. */
  readonly content: readonly ExpectedDigest[]
  /** Of `Repr-Digest`, where it can be compared with the body. */
  readonly representation: readonly ExpectedDigest[]
  /** Why the body, should there be one, is refused for want of a digest; null where none is wanting. */
  readonly wanting: Denial | null
}

export interface ExpectedDigest {
  readonly algorithm: DigestAlgorithm
  readonly digest: Buffer
}

/**
 * Reads the digest fields of a request (RFC 9530 §2, §3). Algorithms that are not fit to resist an attacker are ignored, as
 * if they were not there (§5). `required`: a body without a digest that counts is refused. `counting`: so is a field without one,
 * body or not, as somebody will say that it came.
 */
export function expectDigests(facts: RequestFacts, mode: DigestMode): ExpectedDigests | Denial {
  if (announcesInTrailer(facts.fields)) return D.DIGEST_IN_TRAILER
  const content = readIntegrityField(combinedValue(facts.fields, 'content-digest'))
  const representation = readIntegrityField(combinedValue(facts.fields, 'repr-digest'))
  if (content === undefined || representation === undefined) return D.DIGEST_MALFORMED
  if (mode === 'counting' && content?.length === 0) return D.DIGEST_ALGORITHM
  const wanting = mode === 'required' ? whatIsWanting(content) : null
  // A body that is announced need not be awaited to know that it lacks its digest.
  if (wanting !== null && facts.hasBody && facts.contentLength !== null) return wanting
  return {
    content: content ?? [],
    // A part of a representation says nothing about the whole (RFC 9110 §14.5).
    representation: combinedValue(facts.fields, 'content-range') === null ? (representation ?? []) : [],
    wanting,
  }
}

/** Whether flat trailer fields have one that is taken from the header section alone. */
export function hasDecisiveTrailer(trailers: readonly string[]): boolean {
  return trailers.some((name, at) => at % 2 === 0 && HEADER_ALONE.has(name.toLowerCase()))
}

/** The digests that count in a value of `Content-Digest` or `Repr-Digest`. Null where it is absent; undefined where it is malformed. */
export function readIntegrityField(text: string | null): readonly ExpectedDigest[] | null | undefined {
  if (text === null) return null
  const dictionary = parseDictionary(text)
  // Of two digests by one algorithm RFC 9651 keeps the last; who else reads the field might keep the first.
  if (dictionary === undefined || dictionary.repeated !== null) return undefined
  const { members } = dictionary
  if (members.size === 0 || members.size > MEMBERS_AT_MOST) return undefined
  const expected: ExpectedDigest[] = []
  for (const [name, member] of members) {
    const digest = readDigest(member)
    if (digest === undefined) return undefined
    if (!isActive(name)) continue
    if (digest.length !== LENGTHS[name]) return undefined
    expected.push({ algorithm: name, digest })
  }
  return expected
}

function readDigest(member: Member): Buffer | undefined {
  return member.kind === 'item' && member.bare.type === 'binary' ? member.bare.value : undefined
}

function whatIsWanting(content: readonly ExpectedDigest[] | null): Denial | null {
  if (content === null) return D.DIGEST_ABSENT
  return content.length === 0 ? D.DIGEST_ALGORITHM : null
}

function announcesInTrailer(fields: readonly string[]): boolean {
  const names = combinedValue(fields, 'trailer')?.split(',') ?? []
  return names.some((name) => HEADER_ALONE.has(name.trim().toLowerCase()))
}

function isActive(name: string): name is DigestAlgorithm {
  return Object.hasOwn(LENGTHS, name)
}

/** RFC 9530 §5, octets of a digest. */
const LENGTHS: Readonly<Record<DigestAlgorithm, number>> = { 'sha-256': 32, 'sha-512': 64 }
/** RFC 9530 §6.7: each costs work. */
const MEMBERS_AT_MOST = 4
/** RFC 9530 §6.4, RFC 9421 §4.1: what comes behind the body may be dropped on the way, and comes too late to be judged by. */
const HEADER_ALONE: ReadonlySet<string> = new Set([
  'content-digest',
  'repr-digest',
  'signature',
  'signature-input',
])
