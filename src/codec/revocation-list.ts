/** Between which times a certificate revocation list counts, Unix seconds; one without a `nextUpdate` counts for ever. */
export interface RevocationListLife {
  readonly thisUpdate: number
  readonly nextUpdate: number
}

/**
 * The lists of a PEM text (RFC 7468 §7) that OpenSSL has read; all that is looked for is where the two times stand
 * (RFC 5280 §5.1.2). Libraries read every entry for that, and give up where there are ten thousand.
 */
export function revocationListsIn(pem: string): readonly RevocationListLife[] {
  return [...pem.matchAll(LIST)].flatMap(([, base64 = '']) => lifeOf(Buffer.from(base64, 'base64')) ?? [])
}

/** Undefined where the octets are no such list. */
function lifeOf(der: Buffer): RevocationListLife | undefined {
  try {
    // CertificateList, and in it TBSCertList: version?, signature, issuer, thisUpdate, nextUpdate?, entries …
    const { start, end } = elementAt(der, elementAt(der, 0).start)
    const times: number[] = []
    for (let at = start; at < end && times.length < 2; ) {
      const element = elementAt(der, at)
      if (TIMES.has(element.tag)) times.push(timeOf(der.toString('latin1', element.start, element.end)))
      else if (times.length > 0) break
      at = element.end
    }
    const [thisUpdate, nextUpdate = Number.POSITIVE_INFINITY] = times
    return thisUpdate === undefined || times.some(Number.isNaN) ? undefined : { thisUpdate, nextUpdate }
  } catch {
    return undefined
  }
}

/** One element of DER (X.690 §8.1): its tag, and where its contents start and end. Throws where it is cut off. */
function elementAt(
  der: Buffer,
  at: number,
): { readonly tag: number; readonly start: number; readonly end: number } {
  const tag = der.readUInt8(at)
  const length = der.readUInt8(at + 1)
  if (length < LONG) return { tag, start: at + 2, end: at + 2 + length }
  const octets = length - LONG
  const start = at + 2 + octets
  return { tag, start, end: start + der.readUIntBE(at + 2, octets) }
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
/** From here on the octet says how many octets the length takes. */
const LONG = 0x80
