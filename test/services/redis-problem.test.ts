import { describe, expect, it } from 'vitest'
import { problemOf } from '../../src/services/redis/problem.ts'

describe('what Redis has against us', () => {
  it('is told without what it quotes of a command that it does not know, and without a password', () => {
    const quoted = "ERR unknown command 'HELLO', with args beginning with: '3' 'AUTH' 'holdfast' 'S3CRET' "
    expect(problemOf(new Error(quoted), [])).toBe("ERR unknown command 'HELLO'")
    expect(problemOf(new Error('ERR S3CRET is no subcommand of S3CRET'), ['S3CRET'])).toBe(
      'ERR … is no subcommand of …',
    )
  })

  it('is told for a name with several addresses by the first of them', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED 192.0.2.1:6379'), { code: 'ECONNREFUSED' })
    expect(problemOf(new AggregateError([refused, refused], ''), [])).toBe(refused.message)
    expect(problemOf(Object.assign(new Error(''), { code: 'ETIMEDOUT' }), [])).toBe('ETIMEDOUT')
    expect(problemOf(new TypeError(''), [])).toBe('TypeError')
  })

  it('is told with our key in place of the advice of Node, and on one line', () => {
    const advice = '; if the root CA is installed locally, try running Node.js with --use-system-ca'
    const untrusted = new Error(`unable to verify the first certificate${advice}`)
    expect(problemOf(untrusted, [])).toBe('unable to verify the first certificate; `ca` says whom to trust')
    expect(problemOf(new Error('SSL alert number 48\n'), [])).toBe('SSL alert number 48')
  })
})
