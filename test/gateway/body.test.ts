import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { BodyBrokenOff, BodyOnTheWay } from '../../src/gateway/body.ts'

/** So Node ends the stream of a client that resets it without an error; whoever is told of the reset first may have given it up. */
it('a body that is closed as it ends was cut short, and never looks whole on its way', async () => {
  const body = new PassThrough()
  const onItsWay = new BodyOnTheWay(body, 100, 60_000)
  let hasEnded = false
  onItsWay.on('end', () => {
    hasEnded = true
  })
  onItsWay.resume()
  body.write('amount=1')
  Object.defineProperty(body, 'closed', { value: true })
  body.end()
  await expect.poll(() => onItsWay.destroyed).toBe(true)
  expect([hasEnded, onItsWay.errored]).toEqual([false, expect.any(BodyBrokenOff)])
})
