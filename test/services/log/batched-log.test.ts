import { expect, it } from 'vitest'
import { batchedLog } from '../../../src/services/log/batched-log.ts'

function gathered() {
  const given: Uint8Array<ArrayBuffer>[] = []
  const log = batchedLog({
    lines: (octets) => given.push(octets),
    say: (level, message) => given.push(new TextEncoder().encode(`${level} ${message}\n`)),
  })
  return { log, given, text: () => Buffer.concat(given).toString() }
}

it('hands over no more memory than a little over what the lines take', () => {
  const { log, given } = gathered()
  for (const lines of [1, 10, 100, 1_000]) {
    for (let line = 0; line < lines; line++) log.record({ path: '/é'.repeat(40) })
    log.flush()
  }
  const octets = given.reduce((sum, { length }) => sum + length, 0)
  const memory = given.reduce((sum, { buffer }) => sum + buffer.byteLength, 0)
  expect(memory).toBeLessThan(2 * octets)
})

it('keeps lines whole and in order, whatever their length and their characters', () => {
  const { log, text } = gathered()
  const paths = ['/é', '/\ud800', `/${'€'.repeat(30_000)}`, '/short', `/${'x'.repeat(21_000)}`, '/last']
  for (const path of paths) log.record({ path })
  log.warn('between')
  log.record({ path: '/after' })
  log.flush()
  const lines = text().split('\n')
  const seen = lines.flatMap((line) => (line.startsWith('{') ? [JSON.parse(line).path] : line))
  expect(seen).toEqual([...paths, 'warn between', '/after', ''])
})

it('gives each batch memory that it does not write to again', () => {
  const { log, given } = gathered()
  log.record({ path: '/first' })
  log.flush()
  log.record({ path: '/other' })
  log.flush()
  expect(given.map((octets) => JSON.parse(Buffer.from(octets).toString()).path)).toEqual(['/first', '/other'])
})
