import type { BareItem, InnerList, Parameters } from '../../codec/structured-field.ts'
import { parseDictionary } from '../../codec/structured-field.ts'
import { serialiseParameters } from '../../codec/structured-field-text.ts'
import { type Component, readComponent } from './component.ts'
import { componentsFor } from './coverage.ts'
import type { SignedMessage } from './message.ts'
import type { SignatureRules } from './profile.ts'
import { signatureParams } from './signature-base.ts'

/** The value of an `Accept-Signature` field (RFC 9421 §5.1) that asks for what the rules demand of such a request. */
export function offerOf(rules: SignatureRules, message: SignedMessage, hasBody: boolean): string {
  const parameters = new Map<string, BareItem>([['created', TRUE]])
  if (rules.requiresExpires) parameters.set('expires', TRUE)
  if (rules.requiresNonce) parameters.set('nonce', TRUE)
  if (rules.requiresKeyid) parameters.set('keyid', TRUE)
  if (rules.tag !== null) parameters.set('tag', { type: 'string', value: rules.tag })
  const components = componentsFor(rules.coverage, message, hasBody)
  return `sig1=${signatureParams(components, serialiseParameters(parameters) ?? '')}`
}

/** A signature that a client asks for with its request, to be on the answer (RFC 9421 §5.2). */
export interface SignatureWish {
  /** The label that the signature is to have. */
  readonly label: string
  readonly components: readonly Component[]
  readonly wantsExpires: boolean
  /** Null: no nonce is asked for. */
  readonly nonce: string | null
  /** Null: any, or none. */
  readonly tag: string | null
  /** Null: any key. */
  readonly keyid: string | null
  /** Null: any algorithm. */
  readonly alg: string | null
}

/** What an `Accept-Signature` field asks for; members that cannot be understood are passed over, for the field is a wish. */
export function readWishes(text: string | null): readonly SignatureWish[] {
  const dictionary = text === null ? undefined : parseDictionary(text)
  if (dictionary === undefined || dictionary.repeated !== null) return []
  const wishes: SignatureWish[] = []
  for (const [label, member] of dictionary.members) {
    const wish = member.kind === 'inner-list' ? readWish(label, member) : undefined
    if (wish !== undefined) wishes.push(wish)
    if (wishes.length === WISHES_AT_MOST) break
  }
  return wishes
}

function readWish(label: string, { items, parameters }: InnerList): SignatureWish | undefined {
  if (items.length > COMPONENTS_AT_MOST) return undefined
  const components = items.map(readComponent)
  const identities = new Set(components.map((each) => each?.identity))
  // RFC 9421 §2: no component twice, or no verifier would take what we sign.
  if (identities.has(undefined) || identities.size < items.length) return undefined
  return {
    label,
    components: components as readonly Component[],
    wantsExpires: parameters.has('expires'),
    nonce: text(parameters, 'nonce'),
    tag: text(parameters, 'tag'),
    keyid: text(parameters, 'keyid'),
    alg: text(parameters, 'alg'),
  }
}

function text(parameters: Parameters, name: string): string | null {
  const bare = parameters.get(name)
  return bare?.type === 'string' ? bare.value : null
}

const TRUE: BareItem = { type: 'boolean', value: true }
const WISHES_AT_MOST = 4
const COMPONENTS_AT_MOST = 50
