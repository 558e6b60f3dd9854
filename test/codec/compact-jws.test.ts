import { describe, expect, it } from 'vitest'
import { parseCompactJws, parseCompactJwt, splitCompactJws } from '../../src/codec/compact-jws.ts'

const HEADER = 'eyJhbGciOiJFUzI1NiJ9' // {"alg":"ES256"}
const CLAIMS = 'eyJpc3MiOiJhIn0' // {"iss":"a"}

describe('parseCompactJws (RFC 7515 §7.1)', () => {
  it('takes three parts apart and keeps what was signed as it came', () => {
    expect(parseCompactJws(`${HEADER}.Zm9v.c2ln`)).toEqual({
      header: { alg: 'ES256' },
      payload: Buffer.from('foo'),
      signature: Buffer.from('sig'),
      signingInput: `${HEADER}.Zm9v`,
    })
  })

  it('lets payload and signature be empty; that is for the verifier to judge', () => {
    expect(parseCompactJws(`${HEADER}..`)).toMatchObject({
      payload: Buffer.alloc(0),
      signature: Buffer.alloc(0),
    })
  })

  it.each([
    ['two parts', `${HEADER}.Zm9v`],
    ['four parts', `${HEADER}.Zm9v.c2ln.`],
    ['five parts, as an encrypted token has', `${HEADER}.a.b.c.d`],
    ['no header', '.Zm9v.c2ln'],
    ['nothing', ''],
    ['dots alone', '..'],
    ['a padded part', `${HEADER}.Zg==.c2ln`],
    ['a part of the other alphabet', `${HEADER}.Zm9v.c2l+`],
    ['a header that is no object', 'W10.Zm9v.c2ln'],
    ['a header that is no JSON', 'Zm9v.Zm9v.c2ln'],
    ['white space before it', ` ${HEADER}.Zm9v.c2ln`],
  ])('refuses %s', (_, text) => {
    expect(parseCompactJws(text)).toBeUndefined()
  })
})

describe('splitCompactJws', () => {
  it('takes three parts as they are written', () => {
    const parts = { header: 'h', payload: 'p', signature: 's', signingInput: 'h.p' }
    expect(splitCompactJws('h.p.s')).toEqual(parts)
    expect(splitCompactJws('h..')).toEqual({ ...parts, payload: '', signature: '', signingInput: 'h.' })
  })

  it.each(['', 'h', 'h.p', '.p.s', '..', 'h.p.s.', 'h.p..', 'h...', 'h.p.s.t'])('refuses %j', (text) => {
    expect(splitCompactJws(text)).toBeUndefined()
  })
})

describe('parseCompactJwt (RFC 7519 §7.2)', () => {
  it('reads the claims', () => {
    expect(parseCompactJwt(`${HEADER}.${CLAIMS}.c2ln`)).toMatchObject({ claims: { iss: 'a' } })
  })

  it('refuses a payload that is no JSON object', () => {
    expect(parseCompactJwt(`${HEADER}.Zm9v.c2ln`)).toBeUndefined()
    expect(parseCompactJwt(`${HEADER}.W10.c2ln`)).toBeUndefined()
    expect(parseCompactJwt(`${HEADER}.${CLAIMS}`)).toBeUndefined()
  })
})
