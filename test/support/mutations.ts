import { createHmac, sign } from 'node:crypto'
import { NOW } from './clock.ts'
import { base64url, signatureOf } from './jws.ts'
import { aKey, type SigningKey } from './keys.ts'
import type { Seeded } from './seeded.ts'

/** A JWT that something was done to, and what. */
export interface Mutant {
  readonly text: string
  readonly how: readonly string[]
}

/** A JWT before it is signed. `header` and `claims` are members, or octets where no serializer would write them. */
export interface Draft {
  header: { [name: string]: unknown }
  claims: { [name: string]: unknown }
  headerOctets: ((json: string) => string | Buffer) | null
  claimsOctets: ((json: string) => string | Buffer) | null
  key: SigningKey
  sign: (input: string, key: SigningKey) => Buffer
}

/** Something that can be done to a draft. It says what it did. */
export type Change = (draft: Draft, random: Seeded) => string

/** None, one or two changes before signing, and now and then one of the text after it. */
export function mutate(draft: Draft, changes: readonly Change[], random: Seeded): Mutant {
  const how: string[] = []
  for (let left = random.below(3); left > 0; left--) how.push(random.pick(changes)(draft, random))
  let text = serialize(draft)
  if (random.below(4) === 0) {
    const change = random.pick(Object.keys(TEXT))
    text = TEXT[change]!(text, random)
    how.push(change)
  }
  return { text, how }
}

/** Changes that suit any JWT. */
export const anyJwt: readonly Change[] = [
  ({ header }, random) =>
    set(
      header,
      'alg',
      random.pick([
        'none',
        'HS256',
        'RS256',
        'ES384',
        'es256',
        'ES256',
        'Ed25519',
        'EdDSA',
        'PS256',
        null,
        ['ES256'],
      ]),
    ),
  ({ header }, random) =>
    set(
      header,
      'typ',
      random.pick([
        'JWT',
        'at+jwt',
        'AT+JWT',
        'application/at+jwt',
        'dpop+jwt',
        'DPoP+jwt',
        'application/dpop+jwt',
        '',
        null,
        7,
      ]),
    ),
  ({ header }, random) => set(header, 'crit', random.pick([[], null, 'b64', ['exp'], ['b64'], ['toString']])),
  ({ header }, random) => set(header, 'b64', random.pick([true, false, null])),
  ({ header }) => {
    header['crit'] = ['b64']
    return set(header, 'b64', true)
  },
  ({ header }, random) =>
    set(
      header,
      random.pick(['jku', 'x5u', 'x', '__proto__', 'zip']),
      random.pick(['https://evil.example/', 1, null]),
    ),
  ({ claims }, random) =>
    set(claims, random.pick(['extra', 'constructor', '__proto__', '']), random.pick([1, null, {}, [[]]])),
  ({ claims }, random) => set(claims, random.pick(['exp', 'nbf']), random.pick(TIMES)),
  ({ claims }, random) => set(claims, 'iat', random.pick(TIMES)),
  ({ claims }, random) => unset(claims, random.pick(Object.keys(claims))),
  ({ header }, random) => unset(header, random.pick(Object.keys(header))),
  (draft, random) => {
    const [name, octets] = random.pick(Object.entries(OCTETS))
    draft[random.pick(['headerOctets', 'claimsOctets'] as const)] = octets
    return name
  },
  (draft, random) => {
    const [name, signing] = random.pick(Object.entries(SIGNATURES))
    draft.sign = signing
    return name
  },
  (draft) => {
    draft.key = aKey(draft.key.alg, 'thief')
    return 'signed by a thief'
  },
]

export function set(members: { [name: string]: unknown }, name: string, value: unknown): string {
  Object.defineProperty(members, name, { value, enumerable: true, configurable: true, writable: true })
  return `${name}: ${JSON.stringify(value)}`
}

function unset(members: { [name: string]: unknown }, name: string | undefined): string {
  if (name !== undefined) delete members[name]
  return `no ${name}`
}

function serialize({ header, claims, headerOctets, claimsOctets, key, sign: signing }: Draft): string {
  const encode = (members: object, octets: Draft['headerOctets']) => {
    const json = JSON.stringify(members)
    return octets === null ? base64url(json) : Buffer.from(octets(json) as string).toString('base64url')
  }
  const input = `${encode(header, headerOctets)}.${encode(claims, claimsOctets)}`
  return `${input}.${signing(input, key).toString('base64url')}`
}

/** JSON as no serializer writes it. */
const OCTETS: { readonly [how: string]: (json: string) => string | Buffer } = {
  'a member named twice, the first wins nowhere': (json) =>
    `{"alg":"none","sub":"root","htm":"PUT",${json.slice(1)}`,
  'a member named twice, alike': (json) => `${json.slice(0, -1)},${json.slice(1)}`,
  'a member named twice, further in': (json) => `${json.slice(0, -1)},"more":{"a":1,"a":1}}`,
  'white space': (json) => ` \r\n\t${json.replaceAll(',', ' , ')}\n`,
  'a byte order mark': (json) => `\ufeff${json}`,
  'broken UTF-8': (json) =>
    Buffer.concat([Buffer.from(`${json.slice(0, -1)},"x":"`), Buffer.of(0xc3, 0x28), Buffer.from('"}')]),
  'nested deep': (json) => `${json.slice(0, -1)},"deep":${'['.repeat(40)}${']'.repeat(40)}}`,
  'an array': (json) => `[${json}]`,
  'half of it': (json) => json.slice(0, -5),
  'a comma too many': (json) => `${json.slice(0, -1)},}`,
  'something after it': (json) => `${json}{}`,
  'escapes in names': (json) => json.replace('"alg"', '"\\u0061lg"').replace('"iat"', '"\\u0069at"'),
  null: () => 'null',
}

const SIGNATURES: { readonly [how: string]: Draft['sign'] } = {
  'signature in DER': (input, { privateKey, alg }) =>
    sign(alg === 'ES256' ? 'sha256' : null, Buffer.from(input), privateKey),
  'no signature': () => Buffer.alloc(0),
  'a signature of zeros': (input, key) => Buffer.alloc(signatureOf(input, key).length),
  'half a signature': (input, key) => signatureOf(input, key).subarray(0, 32),
  'a signature with a zero more': (input, key) => Buffer.concat([signatureOf(input, key), Buffer.of(0)]),
  'a signature with a zero before': (input, key) => Buffer.concat([Buffer.of(0), signatureOf(input, key)]),
  'a signature turned around': (input, key) => Buffer.from(signatureOf(input, key)).reverse(),
  'a signature of other text': (input, key) => signatureOf(`${input}A`, key),
  'HMAC with the public key': (input, { jwk }) =>
    createHmac('sha256', JSON.stringify(jwk)).update(input).digest(),
}

/** What can be done to the text of a signed JWT. */
const TEXT: { readonly [how: string]: (text: string, random: Seeded) => string } = {
  'a character exchanged': (text, random) =>
    splice(text, random.below(text.length), 1, random.pick([...ALPHABET])),
  'a character dropped': (text, random) => splice(text, random.below(text.length), 1, ''),
  'a character put in': (text, random) =>
    splice(text, random.below(text.length), 0, random.pick([...ALPHABET])),
  'junk put in': (text, random) =>
    splice(
      text,
      random.below(text.length),
      0,
      random.pick(['=', '+', '/', ' ', '\n', '\t', '%', '\0', 'é', '==', '.']),
    ),
  'the end cut off': (text, random) => text.slice(0, random.below(text.length)),
  'the other alphabet': (text) => text.replaceAll('-', '+').replaceAll('_', '/'),
  'a part padded': (text) =>
    text
      .split('.')
      .map((part) => part + '='.repeat((4 - (part.length % 4)) % 4))
      .join('.'),
  'the last bits of a part': (text, random) => {
    const parts = text.split('.')
    const at = random.below(parts.length)
    const part = parts[at]!
    parts[at] = part.slice(0, -1) + ALPHABET[(ALPHABET.indexOf(part.at(-1) ?? 'A') + 1) % 64]
    return parts.join('.')
  },
  'a part dropped': (text) => text.split('.').slice(0, 2).join('.'),
  'a part more': (text) => `${text}.`,
  'an empty payload': (text) => text.replace(/\.[^.]*\./, '..'),
  'white space around it': (text) => ` ${text}\n`,
}

function splice(text: string, at: number, removed: number, put: string): string {
  return text.slice(0, at) + put + text.slice(at + removed)
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const TIMES: readonly unknown[] = [
  NOW - 86_400,
  NOW - 61,
  NOW - 60,
  NOW - 30.5,
  NOW - 5,
  NOW - 1,
  NOW,
  NOW + 1,
  NOW + 5,
  NOW + 10,
  NOW + 11,
  NOW + 3600,
  0,
  -1,
  2 ** 53,
  1e300,
  `${NOW}`,
  null,
  [NOW],
  true,
]
