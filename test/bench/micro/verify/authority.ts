import { compileCondition, isMistake } from '../../../../src/config/condition.ts'
import { authenticatedWithin } from '../../../../src/verify/authority/authentication.ts'
import { claimIs } from '../../../../src/verify/authority/claims.ts'
import { conditionHolds } from '../../../../src/verify/authority/condition.ts'
import { parsePointer } from '../../../../src/verify/authority/pointer.ts'
import type { Rule } from '../../../../src/verify/authority/rule.ts'
import { scopesGranted } from '../../../../src/verify/authority/scope.ts'
import { NOW } from '../../../support/clock.ts'
import { aSubject } from '../../../support/subject.ts'
import type { Micro } from '../micro.ts'

export function authorityMicros(): readonly Micro[] {
  const subject = aSubject({ claims: { scope: 'openid accounts', auth_time: NOW, level: 3 } })
  const judged = (title: string, rule: Rule, holds = true): Micro => ({
    title: `authority: ${title}`,
    once: () => {
      if ((rule.check(subject, NOW) === undefined) !== holds) throw new Error(title)
    },
  })
  const condition = compileCondition('token.claims.level >= 3 && request.method == "GET"')
  if (isMistake(condition)) throw new Error(condition.says)
  return [
    judged('scope granted', scopesGranted(['accounts'])),
    judged('scope not granted', scopesGranted(['payments']), false),
    judged('claim', claimIs('level', parsePointer('level'), { oneOf: [3] }, 'claims.level')),
    judged('age of the authentication', authenticatedWithin(60, { acr: [], maxAge: 60 }, 'max_age')),
    judged('condition (CEL)', conditionHolds(condition, 'condition')),
  ]
}
