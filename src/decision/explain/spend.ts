import { onceLeftOf } from '../message-signature.ts'
import type { Judged } from './explain.ts'
import { moment } from './shown.ts'
import type { Comparison } from './steps.ts'

/** All that a request may use once, in the order of `spend`. When it was used before nobody keeps. */
export function* compareSpend({ facts, evidence, refused, now }: Judged): Iterable<Comparison> {
  const { possession, signatures, route } = evidence
  if (facts === null || possession === null) return
  const objection = LEDGER.get(refused?.code ?? '')
  if (objection !== undefined)
    yield {
      codes: [...LEDGER.keys()],
      what: 'memory of what was used',
      came: objection,
      wanted: 'one that can tell',
    }
  if (possession.once !== null) {
    const { jti, madeAt } = possession.once
    yield {
      codes: ['DPOP_REPLAYED'],
      what: 'DPoP proof',
      came: `jti ${jti}, made ${moment(madeAt, now)}`,
      wanted: 'a jti that its key has not used before',
    }
  }
  const rules = route?.demands?.signature?.rules
  if (rules === undefined || signatures === null) return
  const left = signatures.flatMap((each) => {
    const once = onceLeftOf(each, possession, rules, facts.method)
    return once === null ? [] : [`${each.label}: ${once.jti}, made ${moment(once.madeAt, now)}`]
  })
  if (left.length > 0)
    yield {
      codes: ['SIG_REPLAYED'],
      what: 'signatures',
      came: left.join('; '),
      wanted: 'of each what its key has not signed before',
    }
}

const LEDGER: ReadonlyMap<string, string> = new Map([
  ['LEDGER_FULL', 'full'],
  ['LEDGER_UNREADY', 'none of that time'],
])
