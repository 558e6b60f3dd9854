import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { connected } from '../support/http1-pair.ts'
import { statusesIn } from '../support/wire-client.ts'

/** One that is announced and does not come is as likely another's smuggled head, whose answer would be read as that to what follows. */
describe('a body that is announced too large', () => {
  const POST = 'POST /status HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n'

  it('is refused when it begins to come, and not before', async () => {
    const { comes, requests, text } = connected()
    comes(`${POST}\r\n`)
    requests[0]?.answer(413, [], '', false)
    await wait(50)
    expect(text()).toBe('')
    comes('x')
    await expect.poll(() => statusesIn(text())).toEqual([413])
  })

  it('or where it does not for a while', async () => {
    const { comes, requests, text } = connected()
    comes(`${POST}\r\n`)
    requests[0]?.answer(413, [], '', false)
    await expect.poll(() => statusesIn(text())).toEqual([413])
  })

  it.each([
    ['its client waits to be told', `${POST}Expect: 100-continue\r\n\r\n`],
    ['it has begun to come', `${POST}\r\nx`],
  ])('is refused at once where %s', async (_, octets) => {
    const { comes, requests, text } = connected()
    comes(octets)
    requests[0]?.answer(413, [], '', false)
    await wait(50)
    expect(statusesIn(text())).toEqual([413])
  })

  it('is the last that is read, also where a request lies behind it', () => {
    const { comes, requests } = connected()
    comes(`${POST}\r\n`)
    requests[0]?.answer(413, [], '', false)
    comes(`${'x'.repeat(99)}GET /status HTTP/1.1\r\nHost: a\r\n\r\n`)
    expect(requests).toHaveLength(1)
  })
})
