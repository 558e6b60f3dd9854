import { type Element, elementAt, elementsIn } from './der.ts'

/**
 * The roles of a payment service provider that a certificate states (ETSI TS 119 495 §5.2.2): `PSP_AI`. Of a role its identifier and its
 * name must agree. None where it states none, or the octets are no certificate.
 */
export function rolesOfPspIn(certificate: Buffer): readonly string[] {
  return statementsIn(certificate).flatMap((statement) => {
    const [id, info] = elementsIn(certificate, statement)
    if (id === undefined || hexOf(certificate, id) !== PSD2_STATEMENT) return []
    const [roles] = elementsIn(certificate, info)
    return elementsIn(certificate, roles).flatMap((role) => roleOf(certificate, role))
  })
}

/** Its QCStatements (RFC 3739 §3.2.6). Some issuers write a single one where a list belongs. */
function statementsIn(certificate: Buffer): readonly Element[] {
  const value = extensionOf(certificate, QC_STATEMENTS)
  const list = value === undefined ? undefined : elementAt(certificate, value.start)
  const statements = elementsIn(certificate, list)
  return statements[0]?.tag === OBJECT_IDENTIFIER ? [list as Element] : statements
}

/** The octets of an extension's value (RFC 5280 §4.1). */
function extensionOf(certificate: Buffer, wanted: string): Element | undefined {
  const [toBeSigned] = elementsIn(certificate, elementAt(certificate, 0))
  const fields = elementsIn(certificate, toBeSigned)
  const [extensions] = elementsIn(
    certificate,
    fields.find(({ tag }) => tag === EXTENSIONS),
  )
  for (const extension of elementsIn(certificate, extensions)) {
    const parts = elementsIn(certificate, extension)
    if (parts[0] !== undefined && hexOf(certificate, parts[0]) === wanted) return parts.at(-1)
  }
  return undefined
}

function roleOf(certificate: Buffer, role: Element): readonly string[] {
  const [id, name] = elementsIn(certificate, role)
  if (id === undefined || name === undefined) return []
  const known = ROLES.get(hexOf(certificate, id))
  return known !== undefined && certificate.toString('utf8', name.start, name.end) === known ? [known] : []
}

function hexOf(der: Buffer, { start, end }: Element): string {
  return der.toString('hex', start, end)
}

/** Of banks, and of who initiates payments, reads accounts, and issues cards: 0.4.0.19495.1.1 and on, in this order. */
export const ROLES_OF_PSP = ['PSP_AS', 'PSP_PI', 'PSP_AI', 'PSP_IC'] as const
const ROLES = new Map<string, string>(ROLES_OF_PSP.map((name, at) => [`0400819827010${at + 1}`, name]))
/** 1.3.6.1.5.5.7.1.3 */
const QC_STATEMENTS = '2b06010505070103'
/** 0.4.0.19495.2 */
const PSD2_STATEMENT = '040081982702'
const OBJECT_IDENTIFIER = 0x06
/** [3] of the certificate that is signed. */
const EXTENSIONS = 0xa3
