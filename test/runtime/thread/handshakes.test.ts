import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Handshakes } from '../../../src/runtime/thread/handshakes.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('counts every failure, and tells one of a kind in a second with how many were not told', () => {
  const lines: object[] = []
  const counted: string[] = []
  const handshakes = new Handshakes(
    { info: (_, fields) => void lines.push(fields!) },
    { handshakeFailed: (reason) => void counted.push(reason) },
  )
  const fail = (reason: string, listener = 'public') =>
    handshakes.failed(listener, { reason, remoteAddress: '192.0.2.1' })
  for (let at = 0; at < 3; at++) fail('CERT_REVOKED')
  fail('CERT_HAS_EXPIRED')
  fail('CERT_REVOKED', 'inner')
  fail('NOTHING_SENT')
  vi.advanceTimersByTime(1_000)
  fail('CERT_REVOKED')
  vi.advanceTimersByTime(1_000)
  fail('CERT_REVOKED')
  expect(counted).toHaveLength(8)
  const told = { listener: 'public', remote: '192.0.2.1', reason: 'CERT_REVOKED' }
  expect(lines).toEqual([
    told,
    { ...told, reason: 'CERT_HAS_EXPIRED' },
    { ...told, listener: 'inner' },
    { ...told, untold: 2 },
    told,
  ])
})
