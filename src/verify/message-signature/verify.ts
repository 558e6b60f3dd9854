import type { UnixSeconds } from '../../domain/check.ts'
import { type Denial, isDenial } from '../../domain/denial.ts'
import { Need } from '../../domain/need.ts'
import type { KeySource } from '../../domain/ports.ts'
import type { Algorithm } from '../jose/algorithms.ts'
import { suits, type VerificationKey } from '../jose/jwk-set.ts'
import { verifies } from '../jose/signature.ts'
import { checkCoverage, componentsFor } from './coverage.ts'
import { D } from './denials.ts'
import type { SignedMessage } from './message.ts'
import type { SignatureRules } from './profile.ts'
import { algorithmNamed, algorithmsOf } from './signature-algorithms.ts'
import { signatureBase } from './signature-base.ts'
import {
  type GivenSignature,
  readSignatureInput,
  readSignatures,
  type SignatureInput,
  tagOf,
} from './signature-input.ts'

/** A message with its signatures, as it came. */
export interface SignatureSubject {
  readonly message: SignedMessage
  /** `Signature-Input` and `Signature`, lines joined with commas; null where absent. */
  readonly input: string | null
  readonly signature: string | null
  readonly hasBody: boolean
}

/** Whose keys may have signed, and the name of that one in needs. */
export interface SignerKeys {
  readonly owner: string
  readonly keys: KeySource<VerificationKey>
}

/** A signature that holds, with all that shows it. Only `verifySignatures` can make one. */
class ProvedSignature {
  readonly #proved = true
  readonly label: string
  readonly input: SignatureInput
  readonly key: VerificationKey
  readonly algorithm: Algorithm
  /** ASCII; what the octets are the signature of. */
  readonly base: string
  readonly octets: Buffer

  constructor(
    { label, signature }: GivenSignature,
    input: SignatureInput,
    { key, algorithm }: Candidate,
    base: string,
  ) {
    this.label = label
    this.input = input
    this.key = key
    this.algorithm = algorithm
    this.base = base
    this.octets = signature
  }

  covers(identity: string): boolean {
    return this.input.components.some((each) => each.identity === identity)
  }

  static proved(signature: ProvedSignature): boolean {
    return signature.#proved
  }
}

export type MessageSignature = ProvedSignature

/**
 * Verifies the signatures of a message that count for these rules (RFC 9421 §3.2; the numbers are its steps), at least one.
 * Others neither help nor harm. Costly steps come last: what no signature could mend never reaches OpenSSL.
 */
export function verifySignatures(
  subject: SignatureSubject,
  rules: SignatureRules,
  signer: SignerKeys,
  now: UnixSeconds,
): readonly MessageSignature[] | Denial | Need {
  const given = readSignatures(subject.input, subject.signature)
  if (isDenial(given)) return given
  const counting = rules.tag === null ? given : given.filter(({ input }) => tagOf(input) === rules.tag)
  if (counting.length === 0) return D.SIG_TAG
  if (rules.several === 'one' && counting.length > 1) return D.SIG_TAG_REPEATED
  const verify = (each: GivenSignature) => verifyOne(each, subject, rules, signer, now)
  return rules.several === 'any' ? verifyAny(counting, verify) : verifyAll(counting, verify)
}

type VerifyOne = (given: GivenSignature) => MessageSignature | Denial | Need

function verifyAll(
  given: readonly GivenSignature[],
  verify: VerifyOne,
): readonly MessageSignature[] | Denial | Need {
  const proved: MessageSignature[] = []
  for (const each of given) {
    const signature = verify(each)
    if (!(signature instanceof ProvedSignature)) return signature
    proved.push(signature)
  }
  return proved
}

/**
 * Those that hold, so that all of them are spent: who left out one, or changed their order, would else use the others later. So none
 * is passed over that may hold later: what can still be found out goes first.
 */
function verifyAny(
  given: readonly GivenSignature[],
  verify: VerifyOne,
): readonly MessageSignature[] | Denial | Need {
  const proved: MessageSignature[] = []
  let denial: Denial | undefined
  let undecided: Denial | undefined
  let need: Need | undefined
  for (const each of given) {
    const signature = verify(each)
    if (signature instanceof ProvedSignature) proved.push(signature)
    else if (signature instanceof Need) need ??= signature
    else if (UNDECIDED.has(signature)) undecided ??= signature
    else denial ??= signature
  }
  return need ?? undecided ?? (proved.length > 0 ? proved : (denial as Denial))
}

function verifyOne(
  given: GivenSignature,
  { message, hasBody }: SignatureSubject,
  rules: SignatureRules,
  signer: SignerKeys,
  now: UnixSeconds,
): MessageSignature | Denial | Need {
  const input = readSignatureInput(given.input) // 2
  if (isDenial(input)) return input
  const objection =
    checkCoverage(componentsFor(rules.coverage, message, hasBody), input.components) ?? // 4
    checkParameters(input, rules, now)
  if (objection !== undefined) return objection
  const base = signatureBase(input.components, input.signatureParams, message, rules.fieldTypes) // 7
  if (isDenial(base)) return base
  const candidates = findCandidates(input, rules, signer) // 5, 6
  if (isDenial(candidates) || candidates instanceof Need) return candidates
  for (const candidate of candidates) {
    if (verifies(candidate.algorithm, candidate.key.key, base, given.signature))
      // 8
      return new ProvedSignature(given, input, candidate, base)
  }
  return D.SIG_INVALID
}

/** RFC 9421 §3.2(4) and §3.2.1; FAPI2-HTTPSIG §5.3.1.2(6), which looks at the past alone. */
function checkParameters(
  { created, expires, nonce, keyid, alg }: SignatureInput,
  rules: SignatureRules,
  now: UnixSeconds,
): Denial | undefined {
  if (created === null) return D.SIG_CREATED_ABSENT
  if (created > now + rules.clockSkew) return D.SIG_CREATED_AHEAD
  if (created < now - rules.maxAge) return D.SIG_CREATED_EARLY
  if (expires === null && rules.requiresExpires) return D.SIG_EXPIRES_ABSENT
  if (expires !== null && expires <= now) return D.SIG_EXPIRED
  if (nonce === null && rules.requiresNonce) return D.SIG_NONCE_ABSENT
  if (nonce !== null && (nonce === '' || nonce.length > LONGEST_NAME)) return D.SIG_NONCE
  if (keyid === null && rules.requiresKeyid) return D.SIG_KEYID_ABSENT
  if (keyid !== null && keyid.length > LONGEST_NAME) return D.SIG_KEYID
  return alg === null || algorithmNamed(alg, rules.algorithms) !== undefined ? undefined : D.SIG_ALG
}

interface Candidate {
  readonly key: VerificationKey
  readonly algorithm: Algorithm
}

/** The keys that may have signed, four at most, each with its algorithm: `alg`, the key and the rules must agree. */
function findCandidates(
  { keyid, alg }: SignatureInput,
  { algorithms }: SignatureRules,
  { owner, keys }: SignerKeys,
): readonly Candidate[] | Denial | Need {
  const known = keys.candidates(keyid)
  if (known.length === 0) {
    const standing = keys.standing(keyid)
    if (standing !== 'ask') return standing === 'absent' ? D.SIG_KEYID : D.SIG_KEYS_UNAVAILABLE
    return new Need('keys', `client ${owner} ${keyid ?? ''}`, D.SIG_KEYS_UNAVAILABLE, () => keys.ask(keyid))
  }
  const named = alg === null ? undefined : algorithmNamed(alg, algorithms)
  const candidates: Candidate[] = []
  let isOpen = false
  for (const key of known.slice(0, TRIES)) {
    const fitting = named === undefined ? algorithmsOf(key, algorithms) : suits(key, named) ? [named] : []
    const [algorithm] = fitting
    if (algorithm !== undefined && fitting.length === 1) candidates.push({ key, algorithm })
    isOpen ||= fitting.length > 1
  }
  if (candidates.length > 0) return candidates
  return isOpen ? D.SIG_ALG_OPEN : D.SIG_ALG_MISMATCH
}

/** Of a signature that may hold later all the same. */
const UNDECIDED: ReadonlySet<Denial> = new Set([D.SIG_CREATED_AHEAD, D.SIG_KEYS_UNAVAILABLE])
const TRIES = 4
/** Characters of a nonce or keyid. */
const LONGEST_NAME = 512
