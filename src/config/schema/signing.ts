import type * as z from 'zod'
import { host } from './network.ts'
import { choice, filePath, mapping, oneOrList, parsed, text } from './value.ts'

/** Unix seconds. A day stands for its beginning in UTC. */
const moment = parsed(
  'time',
  'a time in UTC such as 2026-12-31T23:00:00Z, or a day such as 2026-12-31',
  /^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?$/,
  (given) => {
    const time = Date.parse(given)
    return Number.isNaN(time) || !new Date(time).toISOString().startsWith(given.slice(0, 10))
      ? undefined
      : time / 1000
  },
)

const signingKey = mapping({
  key: filePath.describe('Private key: PEM, JWK (RFC 7517) or PKCS#12, told apart by what is in the file.'),
  password_file: filePath
    .exactOptional()
    .describe(
      'File with the password of a PKCS#12 file or of an encrypted PEM key; white space around it is cut off.',
    ),
  key_id: text(
    'text',
    'a text of at most 256 visible characters',
    /^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/,
  ).describe(
    '`kid` in the published set and in JWTs, `keyid` of message signatures (RFC 9421 §2.3); no two keys have the same.',
  ),
  algorithm: choice('ES256', 'ES384', 'EdDSA', 'Ed25519', 'PS256', 'PS512').describe(
    'What it signs with; the key must fit.',
  ),
  hosts: oneOrList(host, 'a host or a list of them')
    .exactOptional()
    .describe(
      'Hosts of public origins that it signs for; default: all for which no other key names the host.',
    ),
  sign_from: moment
    .exactOptional()
    .describe('When its turn begins; it is published before, so that clients know it. Default: at once.'),
  sign_until: moment
    .exactOptional()
    .describe('When its turn ends; it stays published as long as it stands here. Default: never.'),
})

export const signing = oneOrList(signingKey, 'a signing key or a list of them', 0)

export type SigningDocument = z.output<typeof signingKey>
