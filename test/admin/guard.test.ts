import { describe, expect, it } from 'vitest'
import { guardOf } from '../../src/admin/address.ts'
import { hostOf, strangerOf } from '../../src/admin/guard.ts'

const statusOf = (headers: object) =>
  strangerOf({ headers }, new Set(['holdfast.monitoring.svc']), 'admin')?.status ?? 200

describe('strangerOf', () => {
  it('lets in whoever calls an address by its number, and this machine', () => {
    for (const host of ['127.0.0.1:9901', '[::1]:9901', '10.1.2.3', 'localhost', 'LocalHost:9901'])
      expect([host, statusOf({ host })]).toEqual([host, 200])
  })

  it('knows the names of the configuration, whatever the port, and no others', () => {
    expect(statusOf({ host: 'Holdfast.Monitoring.svc:9901' })).toBe(200)
    expect(statusOf({ host: 'holdfast.monitoring.svc.evil.example' })).toBe(421)
    expect(statusOf({ host: 'evil.example' })).toBe(421)
    expect(statusOf({ host: '' })).toBe(421)
    expect(statusOf({})).toBe(421)
  })

  it('refuses whatever has an Origin, its own too', () => {
    expect(statusOf({ host: '127.0.0.1:9901', origin: 'http://127.0.0.1:9901' })).toBe(403)
  })
})

it('an address is called by the name that it is bound to and by those of its hosts, however they are written', () => {
  const bind = { host: 'Inside.bank.example', port: 9901 }
  const strangerAt = guardOf({ key: 'admin', bind, hosts: ['Ops.Bank.Example'] })
  for (const host of ['inside.bank.example:9901', 'ops.bank.example', 'OPS.bank.example'])
    expect(strangerAt({ headers: { host } })).toBeUndefined()
  expect(strangerAt({ headers: { host: 'evil.example' } })?.says).toContain('admin.hosts')
})

describe('hostOf', () => {
  it.each([
    ['LOCALHOST:9901', 'localhost'],
    ['[::1]:9901', '::1'],
    ['[::0001]', '::1'],
    ['::1', undefined],
    ['user@localhost', undefined],
    ['localhost:99999', undefined],
  ])('%s is %s', (authority, host) => {
    expect(hostOf(authority)).toBe(host)
  })
})
