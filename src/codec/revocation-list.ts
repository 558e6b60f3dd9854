import { elementAt, elementsIn } from './der.ts'
import { nameText } from './distinguished-name.ts'

/** Whose certificates a revocation list is about, and when it counts, in Unix seconds; one without a `nextUpdate` counts for ever. */
export interface RevocationListFacts {
  /** As `subjectText` has it of the certificate of that authority. */
  readonly issuer: string
  readonly thisUpdate: number
  readonly nextUpdate: number
}

/**
 * The lists of a PEM text (RFC 7468 §6) that OpenSSL has read; all that is looked for is whose it is and where the two times
 * stand (RFC 5280 §5.1.2). Libraries read every entry for that, and give up where there are ten thousand.
 */
export function revocationListsIn(pem: string): readonly RevocationListFacts[] {
  return [...pem.matchAll(LIST)].flatMap(([, base64 = '']) => factsOf(Buffer.from(base64, 'base64')) ?? [])
}

/** Undefined where the octets are no such list. */
function factsOf(der: Buffer): RevocationListFacts | undefined {
  // CertificateList, and in it TBSCertList: version?, signature, issuer, thisUpdate, nextUpdate?, entries …
  const [list] = elementsIn(der, elementAt(der, 0))
  const fields = elementsIn(der, list)
  const first = fields.findIndex(({ tag }) => TIMES.has(tag))
  const issuer = fields[first - 1]
  if (issuer === undefined) return undefined
  const given = fields.slice(first, first + 2).filter(({ tag }) => TIMES.has(tag))
  const times = given.map(({ start, end }) => timeOf(der.toString('latin1', start, end)))
  const [thisUpdate, nextUpdate = Number.POSITIVE_INFINITY] = times
  if (thisUpdate === undefined || times.some(Number.isNaN)) return undefined
  return { issuer: nameText(der, issuer), thisUpdate, nextUpdate }
}

/** `YYMMDDHHMMSSZ` until 2049, `YYYYMMDDHHMMSSZ` from then on (RFC 5280 §5.1.2.4). NaN where it is neither. */
function timeOf(text: string): number {
  const [, given = '', month, day, hour, minute, second] = TIME.exec(text) ?? []
  const year = given.length === 4 ? given : `${Number(given) < 50 ? '20' : '19'}${given}`
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) / 1000
}

const LIST = /-----BEGIN X509 CRL-----([^-]+)-----END X509 CRL-----/g
const TIME = /^((?:\d\d)?\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/
/** UTCTime, GeneralizedTime. */
const TIMES = new Set([0x17, 0x18])
