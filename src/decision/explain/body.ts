import { combinedValue, fieldValue } from '../../codec/field-scan.ts'
import type { HeldBody } from '../../domain/held-body.ts'
import type { RequestFacts } from '../../domain/request-facts.ts'
import { readIntegrityField } from '../../verify/content-digest/expect.ts'
import { compareRule } from './authority.ts'
import type { Judged } from './explain.ts'
import type { Comparison } from './steps.ts'

/** What the head says of the body; whether the body is so comes after. */
export function* compareContent({ facts, evidence }: Judged): Iterable<Comparison> {
  if (facts === null) return
  yield announced(facts)
  if (!readsBody(evidence)) return
  yield {
    codes: ['BODY_FIELD_ABSENT'],
    what: 'body',
    came: facts.hasBody ? 'one comes' : 'none',
    wanted: 'one, which rules of the route look at',
  }
  yield {
    codes: ['BODY_MEDIA_TYPE'],
    what: 'Content-Type',
    came: fieldValue(facts.fields, 'content-type'),
    wanted: 'JSON in UTF-8, without a content coding',
  }
}

/** The body beside its digests and beside the rules that waited for it, in the order of `decideBody`. */
export function* compareBody(judged: Judged): Iterable<Comparison> {
  const { facts, evidence, body, refused } = judged
  if (facts === null || body === null) return
  yield {
    codes: ['DIGEST_IN_TRAILER'],
    what: 'trailers',
    came: body.trailers.filter((_, at) => at % 2 === 0).join(' ') || 'none',
    wanted: 'neither digests nor signatures',
  }
  yield announced(facts)
  for (const [name, code] of DIGESTS)
    yield* compareDigests(name, code, body, combinedValue(facts.fields, name), refused?.code)
  if (!readsBody(evidence)) return
  yield {
    codes: ['BODY_JSON'],
    what: 'JSON',
    came: evidence.objected?.objection.detail,
    wanted: 'one object, no member twice',
  }
  for (const rule of evidence.route?.demands?.authority ?? [])
    if (rule.checkBody !== null) yield compareRule(rule, judged, 'body')
}

function announced({ fields }: RequestFacts): Comparison {
  return {
    codes: ['DIGEST_ABSENT', 'DIGEST_ALGORITHM', 'DIGEST_MALFORMED', 'DIGEST_IN_TRAILER'],
    what: 'Content-Digest',
    came: fieldValue(fields, 'content-digest') ?? fieldValue(fields, 'repr-digest'),
    wanted: 'sha-256 or sha-512 of the body as it is sent, before the body, where the route asks for it',
  }
}

/** Where the route does not ask for them, digests that differ are nobody's concern. */
function* compareDigests(
  name: string,
  code: string,
  { digests }: HeldBody,
  field: string | null,
  refusedWith: string | undefined,
): Iterable<Comparison> {
  for (const { algorithm, digest } of readIntegrityField(field) ?? []) {
    const computed = digests.get(algorithm)
    const isEqual = computed?.equals(digest) === true
    if (computed === undefined || (!isEqual && refusedWith !== code)) continue
    yield {
      codes: isEqual ? [] : [code],
      what: `${algorithm} of the body (${name})`,
      came: computed.toString('base64'),
      wanted: digest.toString('base64'),
    }
  }
}

function readsBody({ route }: Judged['evidence']): boolean {
  return route?.demands?.authority.some(({ checkBody }) => checkBody !== null) ?? false
}

const DIGESTS = [
  ['content-digest', 'DIGEST_MISMATCH'],
  ['repr-digest', 'DIGEST_REPRESENTATION'],
] as const
