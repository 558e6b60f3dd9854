import { expect, it } from 'vitest'
import type { Http1Connection } from '../../../src/gateway/http1/connection.ts'
import { Http1Downstream } from '../../../src/gateway/http1/downstream.ts'
import type { RequestHead } from '../../../src/gateway/http1/request-head.ts'

it('a connection whose request was given up while it waited to be judged still waits for its client alone', () => {
  const on = { shared: { waitsSince: 1 as number | null }, socket: { destroyed: false } }
  const head = { raw: { fields: [] }, expectsProceed: false } as unknown as RequestHead
  const downstream = new Http1Downstream(on as unknown as Http1Connection, head, null)
  downstream.awaitsJudgement(true)
  expect(on.shared.waitsSince).toBeGreaterThan(1)
  on.shared.waitsSince = 2
  downstream.cut()
  downstream.awaitsJudgement(false)
  expect(on.shared.waitsSince).toBe(2)
})
