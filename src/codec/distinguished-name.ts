import { type Element, elementAt, elementsIn } from './der.ts'

/**
 * A text that two names have in common where they are the same (RFC 5280 §7.1): neither the kind of a string counts nor, as with
 * OpenSSL, the case of its letters and how much white space there is.
 */
export function nameText(der: Buffer, name: Element): string {
  const parts = elementsIn(der, name).map((set) =>
    elementsIn(der, set).map((attribute) => {
      const [type, value] = elementsIn(der, attribute)
      if (type === undefined || value === undefined) return []
      const words = stringOf(der, value).toLowerCase().trim().replaceAll(/\s+/g, ' ')
      return [der.toString('hex', type.start, type.end), words]
    }),
  )
  return JSON.stringify(parts)
}

/** The same of the subject of a certificate (RFC 5280 §4.1). Undefined where the octets are no certificate. */
export function subjectText(der: Buffer): string | undefined {
  const [certificate] = elementsIn(der, elementAt(der, 0))
  const fields = elementsIn(der, certificate)
  // TBSCertificate: version?, serialNumber, signature, issuer, validity, subject …
  const subject = fields[fields[0]?.tag === VERSION ? 5 : 4]
  return subject === undefined ? undefined : nameText(der, subject)
}

function stringOf(der: Buffer, { tag, start, end }: Element): string {
  if (tag !== BMP_STRING) return der.toString(tag === UTF8_STRING ? 'utf8' : 'latin1', start, end)
  const whole = end - ((end - start) % 2)
  return Buffer.from(der.subarray(start, whole)).swap16().toString('utf16le')
}

/** The tag of what only newer certificates have first. */
const VERSION = 0xa0
const UTF8_STRING = 0x0c
const BMP_STRING = 0x1e
