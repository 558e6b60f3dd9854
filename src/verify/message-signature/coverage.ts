import { fieldValue } from '../../codec/field-scan.ts'
import type { Denial } from '../../domain/denial.ts'
import type { Component } from './component.ts'
import { componentValue } from './component-value.ts'
import { D } from './denials.ts'
import type { FieldType } from './field-types.ts'
import type { SignedMessage } from './message.ts'
import type { Coverage } from './profile.ts'

/**
 * The components that a signature of this message must cover, in the order of the profile, and `more`. Each stands there once
 * (RFC 9421 §2), for however many reasons.
 */
export function componentsFor(
  coverage: Coverage,
  message: SignedMessage,
  hasBody: boolean,
  more: readonly Component[] = [],
): readonly Component[] {
  const components: Component[] = []
  add(components, coverage.always)
  for (const component of coverage.ifPresent) if (isPresent(component, message)) add(components, [component])
  if (hasBody) add(components, coverage.ifBody)
  add(components, more)
  return components
}

function add(components: Component[], more: readonly Component[]): void {
  for (const component of more)
    if (!components.some(({ identity }) => identity === component.identity)) components.push(component)
}

/**
 * RFC 9421 §3.2(4). A component with other parameters is another component: `@method;req` does not cover `@method`, nor does
 * one member of a field cover the field.
 */
export function checkCoverage(
  required: readonly Component[],
  covered: readonly Component[],
): Denial | undefined {
  for (const { identity } of required) {
    if (!covered.some((each) => each.identity === identity)) return UNCOVERED.get(identity) ?? D.SIG_UNCOVERED
  }
  return undefined
}

function isPresent(component: Component, message: SignedMessage): boolean {
  const { name, req } = component
  const source = req || message.response === null ? message.request : message.response
  if (source === null) return false
  if (!name.startsWith('@')) return fieldValue(source.fields, name) !== null
  // A parameter of the query may be lacking; one that comes twice is there.
  return componentValue(component, message, NO_TYPES) !== D.SIG_COMPONENT_ABSENT
}

const NO_TYPES: ReadonlyMap<string, FieldType> = new Map()
const UNCOVERED: ReadonlyMap<string, Denial> = new Map([
  ['@method', D.SIG_METHOD_UNCOVERED],
  ['@target-uri', D.SIG_TARGET_UNCOVERED],
  ['authorization', D.SIG_AUTHORIZATION_UNCOVERED],
  ['dpop', D.SIG_DPOP_UNCOVERED],
  ['content-digest', D.SIG_DIGEST_UNCOVERED],
])
