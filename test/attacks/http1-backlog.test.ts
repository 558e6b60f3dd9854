import { describe, expect, it } from 'vitest'
import { connected } from '../support/http1-pair.ts'

const GET = 'GET /status HTTP/1.1\r\nHost: a\r\n\r\n'

/** What a client sends and does not take is memory of ours. */
describe('a client that is ahead of its answers', () => {
  it('is read no further than so much behind a request that is under way', () => {
    const { connection, comes, requests } = connected()
    comes(GET, GET)
    expect(connection.socket.isPaused()).toBe(false)
    comes(GET.repeat(2_000))
    expect(connection.socket.isPaused()).toBe(true)
    for (let at = 0; at < 100; at++) requests[at]?.answer(200, [], '', false)
    expect([requests.length, connection.socket.isPaused()]).toEqual([101, false])
  })

  it('has no further request begun until it has taken what is due', async () => {
    const { comes, requests } = connected()
    comes(GET.repeat(1_000))
    for (let at = 0; at < requests.length; at++) requests[at]?.answer(200, [], '', false)
    const begun = requests.length
    expect(begun).toBeLessThan(1_000)
    await expect.poll(() => requests.length).toBe(begun + 1)
  })

  it('is cut where it sends more than so much behind its last answer', () => {
    const { connection, comes, requests } = connected()
    comes(GET)
    requests[0]?.answer(200, [], '', true)
    for (let mebibytes = 0; mebibytes < 10; mebibytes++) comes('x'.repeat(2 ** 20))
    expect(connection.socket.destroyed).toBe(false)
    comes('x')
    expect(connection.socket.destroyed).toBe(true)
  })
})
