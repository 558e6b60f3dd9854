import { expect, it } from 'vitest'
import { parseComponent } from '../../../src/verify/message-signature/component.ts'
import { fieldTypes } from '../../../src/verify/message-signature/field-types.ts'
import { prepareSignature } from '../../../src/verify/message-signature/sign.ts'
import { outcome } from '../../support/outcome.ts'
import { aRequest } from '../../support/request.ts'

it('a parameter that no structured field can hold is not signed (RFC 9421 §2.3), nor what is not there (§3.1)', () => {
  const message = { request: aRequest(), response: null }
  expect(outcome(prepareSignature([], { keyid: 'clé' }, message, fieldTypes))).toBe('SIG_PARAMETER')
  const absent = [parseComponent('date')!]
  expect(outcome(prepareSignature(absent, {}, message, fieldTypes))).toBe('SIG_COMPONENT_ABSENT')
})
