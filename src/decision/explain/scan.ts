import { combinedValue, type ScannedFields, scanFields } from '../../codec/field-scan.ts'
import { withoutSecrets } from '../../codec/target-uri.ts'
import { ABSOLUTE_FORM, type ListenerRules, type RawRequest } from '../scan.ts'
import type { Judged } from './explain.ts'
import type { Comparison } from './steps.ts'

/** What the scan refused: what came as it came, and what the listener takes. */
export interface Scanned {
  readonly raw: RawRequest
  readonly rules: ListenerRules
}

/** What was scanned; or, where it was refused, all that the scan looks at. */
export function* compareScan({ facts, refused, scanned, detail }: Judged): Iterable<Comparison> {
  if (facts !== null) {
    yield { codes: [], what: 'host', came: facts.authority, wanted: facts.origin }
    yield { codes: [], what: 'path', came: facts.path, wanted: 'one that can be read in one way' }
  } else if (scanned != null) yield* compareScanned(scanned, refused?.code)
  else if (refused !== null && detail != null)
    yield { codes: [refused.code], what: 'message', came: detail, wanted: 'one whole HTTP request' }
}

/** In the order of `scan`. */
function* compareScanned({ raw, rules }: Scanned, code: string | undefined): Iterable<Comparison> {
  const came = withoutSecrets(raw.target)
  const target: Comparison = {
    codes: ['TARGET_MALFORMED'],
    what: 'target',
    came,
    wanted: '/path, or https://host/path',
  }
  yield {
    codes: ['FIELDS_TOO_MANY'],
    what: 'number of fields',
    came: raw.fields.length / 2,
    wanted: `at most ${rules.fieldCount}`,
  }
  const fields = scanFields(raw.fields)
  // Of another scheme, no host can be one of ours.
  const isForeign = code === 'TARGET_MALFORMED' && /^(?!https:)[a-z][a-z0-9+.-]*:\/\//i.test(raw.target)
  if (isForeign) yield target
  yield* compareHost(raw, rules)
  yield* compareFields(fields)
  yield {
    codes: ['FRAMING_BROKEN'],
    what: 'Content-Length, Transfer-Encoding',
    came: `${fields.contentLength ?? 'absent'}, ${fields.transferEncoding ?? 'absent'}`,
    wanted: raw.version === '1.1' ? 'a number, or chunked, or neither' : 'a number, or neither',
  }
  if (!isForeign) yield target
  yield {
    codes: ['PATH_AMBIGUOUS', 'PATH_MALFORMED'],
    what: raw.target.includes('?') ? 'path (its query is not shown)' : 'path',
    came,
    wanted: 'one that can be read in one way',
  }
}

function* compareHost(raw: RawRequest, { origins }: ListenerRules): Iterable<Comparison> {
  const said = [raw.authority, combinedValue(raw.fields, 'host'), ABSOLUTE_FORM.exec(raw.target)?.[2]]
  const came = [...new Set(said.filter((each) => each != null).map(withoutSecrets))].join(' and ') || 'absent'
  yield { codes: ['HOST_MALFORMED'], what: 'form of the host', came, wanted: 'one host, the same everywhere' }
  const known = [...origins.values()].map(({ origin }) => origin)
  const others = known.length > SHOWN ? ` or one of ${known.length - SHOWN} others` : ''
  yield {
    codes: ['HOST_FOREIGN'],
    what: 'host',
    came,
    wanted: `${known.slice(0, SHOWN).join(' or ')}${others}`,
  }
}

function* compareFields({ unsafeName, repeated, connection, expect }: ScannedFields): Iterable<Comparison> {
  yield {
    codes: ['FIELD_NAME'],
    what: 'names with more than letters, digits, hyphens',
    came: unsafeName ?? 'none',
    wanted: 'none',
  }
  yield { codes: ['FIELD_DUPLICATED'], what: 'fields twice', came: repeated ?? 'none', wanted: 'none' }
  yield {
    codes: ['FIELD_CONNECTION'],
    what: 'Connection',
    came: connection,
    wanted: 'no field that decides about the request',
  }
  yield {
    codes: ['EXPECTATION_UNKNOWN'],
    what: 'Expect',
    came: expect,
    wanted: '100-continue, or absent',
  }
}

/** Public origins. */
const SHOWN = 5
