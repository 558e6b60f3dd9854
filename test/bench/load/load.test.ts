import { expect, it } from 'vitest'
import { busiestShare, cpuMicros, threadMicros } from './cpu.ts'
import { splitHeads } from './generator.ts'
import { fieldsOf } from './http2-channel.ts'
import { readSpeed } from './openssl.ts'

const HEAD = 'GET /a?b HTTP/1.1\r\nHost: x.example\r\nDPoP: a.b:c\r\n\r\n'

it('a file of heads is split at their ends', () => {
  expect(splitHeads(Buffer.from(HEAD + HEAD)).map(String)).toEqual([HEAD, HEAD])
})

it('the same octets are asked over h2', () => {
  expect(fieldsOf(Buffer.from(HEAD))).toEqual({
    ':method': 'GET',
    ':scheme': 'https',
    ':path': '/a?b',
    ':authority': 'x.example',
    dpop: 'a.b:c',
  })
})

it('what openssl says of itself is read, and nothing is made up where it does not', () => {
  const said = '+F2:2:2048:4000.0:59637.5\n+F4:3:256:50000.0:20000.0\n+F6:0:253:Ed25519:25000.0:9400.0\n'
  expect(readSpeed(said, new Set(['ES256', 'Ed25519', 'PS256'] as const))).toEqual({
    verification: 50,
    signing: { ES256: 20, Ed25519: 40, PS256: 250 },
  })
  expect(readSpeed(said, new Set()).signing).toEqual({})
  expect(() => readSpeed('', new Set())).toThrow('nothing of P-256')
  expect(() => readSpeed('+F4:3:256:1.0:1.0', new Set(['PS256'] as const))).toThrow('nothing of PS256')
})

it('CPU time is that of all threads, in microseconds', () => {
  const before = cpuMicros(process.pid)
  const since = process.cpuUsage()
  while (process.cpuUsage(since).user < 60_000);
  expect(cpuMicros(process.pid) - before).toBeGreaterThan(5_000)
})

it('the busier of two threads is told by its share, whatever others did a little', () => {
  const before = new Map([
    ['1', 100],
    ['2', 50],
    ['3', 7],
  ])
  const after = new Map([
    ['1', 101],
    ['2', 110],
    ['3', 7],
    ['4', 40],
  ])
  expect(busiestShare(before, after)).toBe(0.6)
  expect(busiestShare(before, before)).toBe(Number.NaN)
  expect([...threadMicros(process.pid).values()].some((micros) => micros > 0)).toBe(true)
  expect(threadMicros(0).size).toBe(0)
})
