import { isJsonObject, type JsonObject } from '../codec/json.ts'
import { checkSignature } from '../services/evidence/check-record.ts'
import type { FoundRecord } from '../services/evidence/find-exchange.ts'
import type { EvidenceFinding } from '../services/evidence/verify-files.ts'

/** What the files hold of one interaction id, as a text that can be read without knowing any of this. Pure. */
export function evidencePack(
  interactionId: string,
  records: readonly FoundRecord[],
  finding: EvidenceFinding,
): string {
  const exchanges = new Set(records.map(({ record }) => String(record['exchange'])))
  const parts = [...exchanges].map((exchange, at) =>
    exchangeText(
      at + 1,
      records.filter(({ record }) => record['exchange'] === exchange),
    ),
  )
  return `${[
    `EVIDENCE OF INTERACTION ${interactionId}`,
    chainText(finding),
    exchanges.size === 1
      ? 'It was used for one exchange.'
      : `It was used for ${exchanges.size} exchanges; the client chooses it, so that is no fault of the gateway.`,
    ...parts,
    READING,
  ].join('\n\n')}\n`
}

function chainText({ faults, remarks, lines, signatures }: EvidenceFinding): string {
  const read = `The files that were given have ${lines} lines and ${signatures} signatures.`
  const state =
    faults.length === 0
      ? 'Every line is as it was written, and every signature verifies.'
      : `THEY ARE NOT AS THEY WERE WRITTEN, in ${faults.length} places:\n${firstOf(faults)}`
  // What could not be kept is part of what they show.
  const besides =
    remarks.length === 0 ? '' : `\nTo be known besides (${remarks.length}):\n${firstOf(remarks)}`
  return `${read} ${state}${besides}`
}

function firstOf(places: EvidenceFinding['faults']): string {
  return places
    .slice(0, 10)
    .map(({ file, line, says }) => `  ${file}:${line} ${says}`)
    .join('\n')
}

function exchangeText(number: number, records: readonly FoundRecord[]): string {
  const answered = records.some(({ record }) => record['kind'] !== 'request')
  const unknown =
    'No answer was written down: the gateway ended or could keep nothing by then, so what came of this is not known.'
  return [`EXCHANGE ${number}`, ...records.map(recordText), ...(answered ? [] : [unknown])].join('\n\n')
}

function recordText(found: FoundRecord): string {
  const { record } = found
  const signatures = Array.isArray(record['signatures']) ? record['signatures'].filter(isJsonObject) : []
  return [
    TITLES[String(record['kind'])] ?? 'A record',
    table([
      ['Time', record['time']],
      ['Request', `${text(record['method'])} ${text(record['target'])}`],
      ['Client', record['client_id']],
      ['On behalf of', record['subject']],
      ['Token issued by', record['issuer']],
      ['Token, SHA-256', record['token_sha256']],
      ['Token, jti', record['jti']],
      ['Key of the DPoP proof', record['jkt']],
      ['TLS client certificate', record['x5t_s256']],
      ['Its subject', record['x5t_subject']],
      ['Outcome', record['verdict']],
      ['Status', record['status']],
      ...digestRows(record['digests']),
      ['Stands in', `${found.file}, line ${found.line}; number ${found.n} of its chain, hash ${found.hash}`],
    ]),
    ...signatures.map((each, at) => signatureText(each, at + 1)),
    ...bodyText(record['body']),
  ].join('\n')
}

function signatureText(signature: JsonObject, number: number): string {
  return [
    `  Signature ${number}, by ${SIGNERS[String(signature['by'])] ?? 'somebody'}: ${checkSignature(signature).length === 0 ? 'verifies' : 'DOES NOT VERIFY'}`,
    table([
      ['  Algorithm', signature['algorithm']],
      ['  Key, by name', signature['keyid']],
      ['  Key, thumbprint', signature['thumbprint']],
      ['  Key', JSON.stringify(signature['jwk'])],
      ['  Signature', signature['signature']],
    ]),
    '    What was signed, from one bar to the other:',
    ...text(signature['base'])
      .split('\n')
      .map((line) => `    | ${line} |`),
    ...jwsText(text(signature['base']), JWS[String(signature['label'])] ?? 'a JWS'),
  ].join('\n')
}

/** A JWS is signed in base64url (RFC 7515 §5.1): the same in clear. */
function jwsText(base: string, what: string): string[] {
  const [header, claims] = base.split('.').map((part) => Buffer.from(part, 'base64url'))
  if (base.includes('\n') || header === undefined || claims === undefined || !base.startsWith('eyJ'))
    return []
  return [`    Which is ${what}, and says:`, `      ${text(header)}`, `      ${text(claims)}`]
}

function digestRows(digests: unknown): [string, unknown][] {
  return isJsonObject(digests)
    ? Object.entries(digests).map(([name, digest]) => [`Body, ${name}`, digest])
    : []
}

function bodyText(body: unknown): string[] {
  if (typeof body !== 'string') return ['  The body was not kept.']
  const octets = Buffer.from(body, 'base64')
  const shown = octets.toString('utf8').replace(UNPRINTABLE, '\ufffd')
  return [`  The body, ${octets.length} octets:`, ...shown.split('\n').map((line) => `    | ${line}`)]
}

function table(rows: readonly (readonly [string, unknown])[]): string {
  return rows
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => `  ${`${name}:`.padEnd(26)}${text(value).replaceAll('\n', '\ufffd')}`)
    .join('\n')
}

/** What came from outside must not steer the terminal it is read on. */
function text(value: unknown): string {
  return String(value).replace(UNPRINTABLE, '\ufffd')
}

const TITLES: { readonly [kind: string]: string | undefined } = {
  request: 'The request, as it was let through',
  refusal: 'The request, which was refused, and the answer that said so',
  answer: 'The answer',
}
const SIGNERS: { readonly [by: string]: string | undefined } = {
  client: 'the client',
  issuer: 'the authorization server',
  gateway: 'the gateway',
}
const JWS: { readonly [label: string]: string | undefined } = {
  dpop: 'a DPoP proof',
  introspection: 'what the authorization server answered when it was asked about the token',
}
const READING = `HOW TO READ THIS
  A signature is over the text between the bars, line by line: a message signature (RFC 9421), a DPoP proof (RFC 9449), or the
  answer of an authorization server about the token (RFC 9701). Whoever holds the private key belonging to the key that is named
  made it; the private key of a client is known to the client alone, that of an authorization server is one of those that it
  published then. A content-digest in that text is the hash of the body (RFC 9530): a body with another hash is not the one that was
  signed. Each line of a file holds the hash of the line before it, so none can be changed, added or taken away without all that
  follow showing it.
  Whether the last lines were taken away is shown by the log alone, which names the hash that each file ended with.`
const UNPRINTABLE = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g
