import { decide } from '../../../src/decision/decide.ts'
import { Evidence } from '../../../src/decision/evidence.ts'
import { Router } from '../../../src/decision/router.ts'
import { originsOf, scan } from '../../../src/decision/scan.ts'
import { Admission } from '../../../src/decision/verdict.ts'
import { isDenial } from '../../../src/domain/denial.ts'
import type { RequestFacts } from '../../../src/domain/request-facts.ts'
import { NOW } from '../../support/clock.ts'
import { aRawRequest, aRequest } from '../../support/request.ts'
import { aRoute, aSnapshot } from '../../support/route.ts'
import { cycling, type Micro } from './micro.ts'

export function decisionMicros(): readonly Micro[] {
  const facts = aRequest()
  return [
    scanning(facts),
    ...[10, 10_000].map(routing),
    deciding('decide: DPoP-bound token, accepted', facts),
    deciding('decide: no credentials', aRequest({ authorization: null, dpop: null }), 'TOKEN_ABSENT'),
    deciding('decide: proof for another method', aRequest({ method: 'POST' }), 'DPOP_HTM'),
  ]
}

function scanning({ authorization, dpop }: RequestFacts): Micro {
  const fields = ['Host', 'api.bank.example', 'Accept', '*/*', 'Authorization', authorization!, 'DPoP', dpop!]
  const raw = aRawRequest({ fields })
  const rules = { origins: originsOf(['https://api.bank.example']), fieldCount: 100, bodyLimit: 1_000 }
  return {
    title: 'scan: a request with token and proof',
    once: () => {
      if (isDenial(scan(raw, rules))) throw new Error('refused')
    },
  }
}

/** Paths in an order that no cache of the CPU foresees. */
function routing(count: number): Micro {
  const path = (at: number) => `/apis/api-${at}/accounts`
  const router = new Router(
    Array.from({ length: count }, (_, at) => [
      { path: `/apis/api-${at}/**`, hosts: null, methods: null },
      aRoute({ id: `${at}` }),
    ]),
  )
  const next = cycling(
    Array.from({ length: count }, (_, at) => {
      const normalPath = path((at * 7_919) % count)
      return aRequest({ authorization: null, dpop: null, path: normalPath, normalPath })
    }),
  )
  return {
    title: `route: one of ${count.toLocaleString('en')}`,
    once: () => {
      if (isDenial(router.match(next()))) throw new Error('no route')
    },
  }
}

function deciding(title: string, facts: RequestFacts, code?: string): Micro {
  const snapshot = aSnapshot()
  const check = () => decide(facts, snapshot, new Evidence(), NOW)
  const verdict = check()
  const came = isDenial(verdict) ? verdict.code : verdict instanceof Admission ? undefined : 'NEED'
  if (came !== code) throw new Error(`${title}: ${came}`)
  return { title, once: () => void check() }
}
