import { isAmong, isIpAddress, normalAuthority, withoutPort } from '../../../src/codec/authority.ts'
import { isSha256Text, parseBase64url } from '../../../src/codec/base64url.ts'
import {
  certificatesIn,
  inOneLine,
  issuedItself,
  parseCertificate,
  thumbprintOf,
} from '../../../src/codec/certificate.ts'
import { Chunks } from '../../../src/codec/chunks.ts'
import { parseCompactJweHeader } from '../../../src/codec/compact-jwe.ts'
import {
  parseCompactJws,
  parseCompactJwt,
  parseJsonPart,
  splitCompactJws,
} from '../../../src/codec/compact-jws.ts'
import { normalDecimal } from '../../../src/codec/decimal.ts'
import { elementAt, elementsIn } from '../../../src/codec/der.ts'
import { derSignature } from '../../../src/codec/der-signature.ts'
import { nameText, subjectText } from '../../../src/codec/distinguished-name.ts'
import {
  announcedLength,
  combinedValue,
  connectionOptions,
  fieldValue,
  isForThisConnection,
  scanFields,
  withoutFields,
} from '../../../src/codec/field-scan.ts'
import { fieldNames, readHead, withoutWhitespace } from '../../../src/codec/head.ts'
import {
  isJsonObject,
  isOptionalText,
  isStrings,
  isText,
  nestsTooDeep,
  parseExactJsonObject,
  parseJsonObject,
  repeatsMembers,
} from '../../../src/codec/json.ts'
import { ownText } from '../../../src/codec/own-text.ts'
import { octetOf, percentDecoded } from '../../../src/codec/percent.ts'
import { revocationListsIn } from '../../../src/codec/revocation-list.ts'
import { rolesOfPspIn } from '../../../src/codec/roles-of-psp.ts'
import { parseDictionary, parseItem, parseList } from '../../../src/codec/structured-field.ts'
import {
  serialiseBareItem,
  serialiseDictionary,
  serialiseItem,
  serialiseList,
  serialiseMember,
  serialiseParameters,
} from '../../../src/codec/structured-field-text.ts'
import {
  differingParts,
  isQuery,
  normalTarget,
  readPath,
  routingForm,
  sameTarget,
  withoutSecrets,
} from '../../../src/codec/target-uri.ts'
import { isDenial } from '../../../src/domain/denial.ts'
import { TextMap } from '../../../src/domain/text-map.ts'
import { isProtectedField, isTrustedField } from '../../../src/domain/trusted-fields.ts'
import { base64url } from '../jws.ts'
import type { Inputs } from './inputs.ts'
import { anItem, BARE_ITEMS, VERIFIED } from './world.ts'

/** Of codec and domain. */
export const CODEC_INPUTS: Inputs = {
  parseBase64url: (text) => parseBase64url(text),
  isSha256Text: (text, value) => [isSha256Text(text), isSha256Text(value)],
  nestsTooDeep: (text) => nestsTooDeep(text),
  repeatsMembers: (text, value) => repeatsMembers(text, value),
  isJsonObject: (_, value) => isJsonObject(value),
  parseJsonObject: (text) => [
    parseJsonObject(Buffer.from(text)),
    parseJsonObject(Buffer.from(text, 'latin1')),
  ],
  splitCompactJws: (text) => [splitCompactJws(text), splitCompactJws(`e30.${text}.${text}`)],
  parseJsonPart: (text) => [parseJsonPart(text), parseJsonPart(base64url(text))],
  parseCompactJws: (text) => [parseCompactJws(text), parseCompactJws(`e30.${text}.${text}`)],
  parseCompactJwt: (text) => [parseCompactJwt(text), parseCompactJwt(`e30.${base64url(text)}.`)],
  certificatesIn,
  inOneLine,
  issuedItself: (text) => issuedItself({ subject: text, issuer: text }),
  revocationListsIn: (text) =>
    [text, Buffer.from(text).toString('base64')].map((each) =>
      revocationListsIn(`-----BEGIN X509 CRL-----${each}-----END X509 CRL-----`),
    ),
  elementAt: (text) => [elementAt(Buffer.from(text), 0), elementAt(Buffer.from(text, 'latin1'), 1)],
  elementsIn: (text) => elementsIn(Buffer.from(text, 'latin1'), { tag: 0, start: 0, end: text.length + 1 }),
  nameText: (text) =>
    [0x0c, 0x1e].map((tag) => {
      const name = nameOf(tag, Buffer.from(text).subarray(0, 100))
      return nameText(name, { tag: 0, start: 0, end: name.length })
    }),
  subjectText: (text) => [
    subjectText(Buffer.from(text, 'latin1')),
    subjectText(Buffer.concat([CERTIFICATE_BEGIN, Buffer.from(text)])),
  ],
  rolesOfPspIn: (text) => [
    rolesOfPspIn(Buffer.from(text, 'latin1')),
    rolesOfPspIn(Buffer.concat([CERTIFICATE_BEGIN, Buffer.from(text)])),
  ],
  parseCertificate: (text) => parseCertificate(Buffer.concat([CERTIFICATE_BEGIN, Buffer.from(text)])),
  thumbprintOf: (text) => thumbprintOf(Buffer.from(text)),
  parseDictionary: (text) => [parseDictionary(text), parseDictionary(`a="${text}";b=:${text}:, a=(${text})`)],
  parseList: (text) => [parseList(text), parseList(`%"${text}";p, ${text}`)],
  parseItem: (text) => [parseItem(text), parseItem(`@${text}`)],
  serialiseBareItem: (text, value) =>
    [...BARE_ITEMS(text), { type: 'decimal', value: typeof value === 'number' ? value : 0.5 } as const].map(
      serialiseBareItem,
    ),
  serialiseParameters: (text) => serialiseParameters(new Map([[text, BARE_ITEMS(text)[0]!]])),
  serialiseItem: (text) => BARE_ITEMS(text).map((bare) => serialiseItem(anItem(bare))),
  serialiseMember: (text) =>
    serialiseMember({ kind: 'inner-list', items: BARE_ITEMS(text).map(anItem), parameters: new Map() }),
  serialiseList: (text) => serialiseList(BARE_ITEMS(text).map(anItem)),
  serialiseDictionary: (text) => serialiseDictionary(new Map([[text, anItem(BARE_ITEMS(text)[0]!)]])),
  isAmong: (text) => isAmong(text, [text]),
  withoutPort: (text) => withoutPort(text),
  isIpAddress,
  normalAuthority: (text) => [normalAuthority(text, 'https'), normalAuthority(`[${text}]:1`, 'http')],
  readPath: (text) => [readPath(text), readPath(`/${text}`)],
  isQuery: (text) => isQuery(text),
  sameTarget: (text) => [sameTarget(text, TARGET), sameTarget(`${TARGET}/${text}`, TARGET)],
  routingForm: (text) => [routingForm(text), routingForm(`/${text}`)],
  fieldValue: (text) => [fieldValue([text, text], 'host'), fieldValue(['Host', text], text)],
  announcedLength: (text) => announcedLength(['content-length', text]),
  withoutFields: (text) => withoutFields([text, text, 'Host', text], new Set([text, 'host'])),
  combinedValue: (text) => [combinedValue([text, text, text, text], text), combinedValue([text], 'trailer')],
  differingParts: (text) => [differingParts(text, TARGET), differingParts(`https://${text}`, TARGET)],
  normalTarget: (text) => [normalTarget(text), normalTarget(`https://${text}`)],
  withoutSecrets: (text) => withoutSecrets(text),
  percentDecoded: (text) => percentDecoded(text),
  octetOf: (text) => octetOf(text),
  Chunks: (text) => [
    new Chunks().read(Buffer.from(text), () => {}),
    new Chunks().read(Buffer.from(`1;${text}\r\nx\r\n0\r\n${text}: ${text}\r\n\r\n`), () => {}),
  ],
  derSignature: (text) => derSignature(Buffer.from(text).subarray(0, 132)),
  withoutWhitespace: (text) => withoutWhitespace(text, 0, text.length),
  readHead: (text) => [
    readHead(Buffer.from(text), (name) => name),
    readHead(Buffer.from(`${text}\r\nA: ${text}\r\n${text}:\t${text}`), (name) => name),
  ],
  fieldNames: (text) => fieldNames((name) => name.toLowerCase())(text),
  connectionOptions: (text) => connectionOptions(text),
  isForThisConnection: (text) => isForThisConnection(['connection', text], text),
  scanFields: (text) => scanFields([text, text, 'Connection', text, text.slice(0, 9), '', 'DPoP', text]),
  isTrustedField: (text) => isTrustedField(text),
  isProtectedField: (text) => isProtectedField(text),
  isText: (_, value) => isText(value),
  isOptionalText: (_, value) => isOptionalText(value),
  isStrings: (_, value) => isStrings(value),
  parseCompactJweHeader: (text) => [
    parseCompactJweHeader(text),
    parseCompactJweHeader(`${text}.e30.e30.e30.e30`),
  ],
  ownText: (text) => ownText(text),
  TextMap: (text) => {
    const map = new TextMap()
    map.set(text, VERIFIED)
    return map.get(text)
  },
  normalDecimal: (text) => [normalDecimal(text), normalDecimal(`1.${text}`), normalDecimal(`1e${text}`)],
  parseExactJsonObject: (text, value) => [
    parseExactJsonObject(Buffer.from(text)),
    parseExactJsonObject(Buffer.from(JSON.stringify({ [text]: value }))),
  ],
  isDenial: (_, value) => isDenial(value),
}

const TARGET = 'https://api.bank.example/accounts'
const CERTIFICATE_BEGIN = Buffer.from('3082010630', 'hex')
/** With one value of that tag. */
const nameOf = (tag: number, value: Buffer) => {
  const parts = [0x06, 1, 0x2a, tag, value.length, ...value]
  return Buffer.from([0x31, parts.length + 2, 0x30, parts.length, ...parts])
}
