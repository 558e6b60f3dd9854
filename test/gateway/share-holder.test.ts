import { expect, it } from 'vitest'
import { askerOf, shareHolder } from '../../src/gateway/share-holder.ts'

const ISSUER = 'https://as.example'

it.each([
  ['a client', { issuer: ISSUER, clientId: 'one' }, '192.0.2.1', `${ISSUER} one`],
  [
    'a client of another issuer',
    { issuer: 'https://b.example', clientId: 'one' },
    '::1',
    'https://b.example one',
  ],
  ['a token without one', { issuer: ISSUER, clientId: null }, '192.0.2.1', '192.0.2.1'],
  ['nobody', null, '192.0.2.1', '192.0.2.1'],
  ['nobody, over IPv6', null, '2001:db8::1:2', '2001:db8:0:0'],
])('%s has the share of itself', (_, token, address, holder) => {
  expect(shareHolder(token as never, address)).toBe(holder)
})

it.each([
  ['a certificate that we trust', { mode: 'pki', thumbprint: 'x5t' }, 'x5t'],
  // Anybody can make one.
  ['a certificate of its own', { mode: 'pop', thumbprint: 'x5t' }, '192.0.2.1'],
  ['nobody', null, '192.0.2.1'],
])('a question because of %s is asked in the name of that', (_, peer, asker) => {
  const downstream = { raw: { peer }, connection: { remoteAddress: '192.0.2.1' } }
  expect(askerOf({ downstream } as never)).toBe(asker)
})
