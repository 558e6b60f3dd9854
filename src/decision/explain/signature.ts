import type { UnixSeconds } from '../../domain/check.ts'
import { isDenial } from '../../domain/denial.ts'
import type { RequestFacts } from '../../domain/request-facts.ts'
import { componentsFor } from '../../verify/message-signature/coverage.ts'
import type { SignatureRules } from '../../verify/message-signature/profile.ts'
import { signatureBase } from '../../verify/message-signature/signature-base.ts'
import {
  type GivenSignature,
  readSignatureInput,
  readSignatures,
  tagOf,
} from '../../verify/message-signature/signature-input.ts'
import type { Judged } from './explain.ts'
import { Lines, moment } from './shown.ts'
import type { Comparison } from './steps.ts'

/** A message signature against the request, in the order of `verifySignatures` (RFC 9421 §3.2). */
export function* compareSignature({ facts, evidence, now }: Judged): Iterable<Comparison> {
  const demand = evidence.route?.demands?.signature
  if (facts === null || demand == null) return
  const { rules } = demand
  yield {
    codes: ['SIG_CLIENT'],
    what: 'client of the token',
    came: evidence.token?.clientId,
    wanted: 'one, whose keys they are',
  }
  const given = readSignatures(facts.signatureInput, facts.signature)
  yield {
    codes: [
      'SIG_ABSENT',
      'SIG_INPUT_ABSENT',
      'SIG_INPUT_MALFORMED',
      'SIG_MALFORMED',
      'SIG_LABEL',
      'SIG_UNPAIRED',
      'SIG_TOO_MANY',
    ],
    what: 'signatures',
    came: isDenial(given) ? given.says : given.map(({ label }) => label).join(' '),
    wanted: 'one to four, each label in both fields',
  }
  if (isDenial(given)) return
  yield {
    codes: ['SIG_TAG', 'SIG_TAG_REPEATED'],
    what: 'tags',
    came: given.map(({ input }) => tagOf(input) ?? 'none').join(' '),
    wanted: `${rules.several} with ${rules.tag ?? 'any tag'}`,
  }
  for (const each of given) {
    if (rules.tag === null || tagOf(each.input) === rules.tag)
      yield* compareOne(each, facts, rules, evidence.token?.clientId, now)
  }
}

function* compareOne(
  given: GivenSignature,
  facts: RequestFacts,
  rules: SignatureRules,
  clientId: string | null | undefined,
  now: UnixSeconds,
): Iterable<Comparison> {
  const input = readSignatureInput(given.input)
  yield {
    codes: ['SIG_COMPONENT', 'SIG_COMPONENT_REPEATED', 'SIG_PARAMETER'],
    what: `${given.label}: form`,
    came: isDenial(input) ? input.says : 'well-formed',
    wanted: 'components of RFC 9421 §2, each once; parameters of the right types',
  }
  if (isDenial(input)) return
  const message = { request: facts, response: null }
  const names = (components: readonly { readonly identity: string }[]) =>
    components.map(({ identity }) => identity).join(' ')
  yield {
    codes: UNCOVERED,
    what: `${given.label}: covered`,
    came: names(input.components),
    wanted: names(componentsFor(rules.coverage, message, facts.hasBody)),
  }
  yield {
    codes: ['SIG_CREATED_ABSENT', 'SIG_CREATED_EARLY', 'SIG_CREATED_AHEAD'],
    what: `${given.label}: created`,
    came: moment(input.created, now),
    wanted: `at most ${rules.maxAge} s ago, at most ${rules.clockSkew} s ahead`,
  }
  yield {
    codes: ['SIG_EXPIRES_ABSENT', 'SIG_EXPIRED'],
    what: `${given.label}: expires`,
    came: moment(input.expires, now),
    wanted: rules.requiresExpires ? 'a time to come' : 'a time to come, or absent',
  }
  yield {
    codes: ['SIG_NONCE', 'SIG_NONCE_ABSENT'],
    what: `${given.label}: nonce`,
    came: input.nonce,
    wanted: rules.requiresNonce ? 'a fresh one' : 'a fresh one, or absent',
  }
  yield {
    codes: ['SIG_ALG'],
    what: `${given.label}: alg`,
    came: input.alg,
    wanted: `absent, or the registered name of one of ${[...rules.algorithms.keys()].join(' ')}`,
  }
  const base = signatureBase(input.components, input.signatureParams, message, rules.fieldTypes)
  yield {
    codes: [
      'SIG_COMPONENT_ABSENT',
      'SIG_QUERY_PARAMETER',
      'SIG_FIELD_TYPE',
      'SIG_FIELD_VALUE',
      'SIG_TRAILERS',
    ],
    what: `${given.label}: base`,
    came: isDenial(base) ? base.says : 'can be built',
    wanted: 'can be built',
  }
  yield {
    codes: ['SIG_KEYID', 'SIG_KEYID_ABSENT', 'SIG_KEYS_UNAVAILABLE'],
    what: `${given.label}: keyid`,
    came: input.keyid,
    wanted: `a key of the client ${clientId}`,
  }
  yield {
    codes: ['SIG_ALG_MISMATCH', 'SIG_ALG_OPEN'],
    what: `${given.label}: algorithm of the key`,
    came: 'as its JWK says',
    wanted: `one of ${[...rules.algorithms.keys()].join(' ')}, and the one that alg says`,
  }
  if (isDenial(base)) return
  yield {
    codes: ['SIG_INVALID'],
    what: `${given.label}: signature`,
    came: 'of another base, or by another key',
    wanted: new Lines(withoutSecrets(base)),
  }
}

/** What is a secret, or nearly one, is not told, only that it is there; nor is the query, which may name people and accounts. */
function withoutSecrets(base: string): string {
  return base
    .replace(/^("(?:authorization|dpop|cookie|@query|@query-param)"(?:;.*?)?): .*$/gm, '$1: (as it came)')
    .replace(/^("@(?:target-uri|request-target)"(?:;.*?)?: [^?\n]*\?).+$/gm, '$1(as it came)')
}

const UNCOVERED = [
  'SIG_METHOD_UNCOVERED',
  'SIG_TARGET_UNCOVERED',
  'SIG_AUTHORIZATION_UNCOVERED',
  'SIG_DPOP_UNCOVERED',
  'SIG_DIGEST_UNCOVERED',
  'SIG_UNCOVERED',
]
