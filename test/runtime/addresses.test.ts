import { describe, expect, it } from 'vitest'
import { cannotListen, holdAddress } from '../../src/runtime/addresses.ts'

describe('an address that cannot be had', () => {
  it('is told with what to do where the port takes a right', () => {
    const error = Object.assign(new Error('listen EACCES: permission denied 0.0.0.0:443'), { code: 'EACCES' })
    expect(() => cannotListen({ host: '0.0.0.0', port: 443 }, ['admin', 'bind'])(error)).toThrow(
      'admin.bind: cannot listen on 0.0.0.0:443: this process has no right to; a port below 1024 takes CAP_NET_BIND_SERVICE',
    )
  })

  it('is told with what is wrong where the machine does not have it', async () => {
    await expect(
      holdAddress({ host: '192.0.2.1', port: 8443 }, false, ['listeners', 1, 'bind']),
    ).rejects.toThrow('listeners[1].bind: cannot listen on 192.0.2.1:8443: this machine has no such address')
  })

  it('is told with the word of the system where it is something else', () => {
    const error = Object.assign(new Error('getaddrinfo ENOTFOUND no.invalid'), { code: 'ENOTFOUND' })
    expect(() => cannotListen({ host: '::1', port: 1 }, ['admin', 'bind'])(error)).toThrow(
      `admin.bind: cannot listen on [::1]:1: ${error.message}`,
    )
  })
})
