import { connect } from 'node:net'
import { join } from 'node:path'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import { afterAll, describe, expect, it } from 'vitest'
import { ROUTES } from '../support/gateway.ts'
import { call, gather, openTls, statusesIn, UNTIL_CLOSED } from '../support/wire-client.ts'
import { openInProcess } from '../support/wire-in-process.ts'
import { pkiFolder } from '../support/wire-pki.ts'
import { needs, run } from '../support/wire-programs.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

/** BCP 195 by way of FAPI2-SP §5.2.2: what TLS 1.2 may use. The server's key is ECDSA, so the RSA ones cannot show. */
const GOOD = ['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES256-GCM-SHA384']
const BAD = [
  ...['ECDHE-ECDSA-AES128-SHA256', 'ECDHE-ECDSA-AES256-SHA', 'ECDHE-ECDSA-CHACHA20-POLY1305'],
  ...['ECDHE-ECDSA-AES128-CCM', 'AES128-GCM-SHA256', 'DHE-RSA-AES128-GCM-SHA256'],
]

const asks = { client_certificate: 'optional', client_ca: join(await pkiFolder(), 'client-ca.pem') }
const { gateway, upstream, stop } = await startWithUpstream({
  listeners: [
    {},
    { name: 'asks', tls: asks },
    { name: 'pop', tls: { client_certificate: 'optional', client_certificate_mode: 'pop' } },
    { name: 'new', tls: { min_version: 'TLSv1.3' } },
  ],
  routes: ROUTES,
})
afterAll(stop)

describe('TLS', () => {
  async function connected(options: ConnectionOptions, listener = 'public'): Promise<TLSSocket> {
    const socket = await openTls(gateway.ports.get(listener) as number, options)
    socket.end()
    return socket
  }

  it('answers nothing to who speaks without TLS', async () => {
    const socket = connect(gateway.port, '127.0.0.1')
    socket.write('GET /status HTTP/1.1\r\nHost: api.bank.example\r\n\r\n')
    const { text, closed } = await gather(socket, UNTIL_CLOSED)
    expect([text.includes('HTTP/'), closed]).toEqual([false, true])
    expect(upstream.news()).toEqual([])
  })

  it('takes TLS 1.3 where both sides have it', async () => {
    expect((await connected({})).getProtocol()).toBe('TLSv1.3')
  })

  it.each(GOOD)('takes %s with TLS 1.2', async (ciphers) => {
    const socket = await connected({ maxVersion: 'TLSv1.2', ciphers })
    expect([socket.getProtocol(), socket.getCipher().name]).toEqual(['TLSv1.2', ciphers])
  })

  it.each(BAD)('refuses %s', async (ciphers) => {
    await expect(connected({ maxVersion: 'TLSv1.2', ciphers: `${ciphers}@SECLEVEL=0` })).rejects.toThrow()
  })

  it('refuses TLS 1.1', async () => {
    const old: ConnectionOptions = {
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    }
    await expect(connected(old)).rejects.toThrow(/protocol version/)
  })

  it('refuses TLS 1.2 where min_version says so', async () => {
    await expect(connected({ maxVersion: 'TLSv1.2' }, 'new')).rejects.toThrow()
    expect((await connected({}, 'new')).getProtocol()).toBe('TLSv1.3')
  })

  it.each([
    [['h2', 'http/1.1'], 'h2'],
    [['http/1.1'], 'http/1.1'],
    [['http/1.1', 'h2'], 'h2'],
  ])('of %s it takes %s', async (ALPNProtocols, chosen) => {
    expect((await connected({ ALPNProtocols })).alpnProtocol).toBe(chosen)
  })

  it('speaks HTTP/1.1 to who names no protocol, and ends with who names an unknown one', async () => {
    const socket = await openTls(gateway.port, { ALPNProtocols: [] })
    socket.write('GET /status HTTP/1.1\r\nHost: api.bank.example\r\nConnection: close\r\n\r\n')
    expect(statusesIn((await gather(socket, 300)).text)).toEqual([200])
    await expect(connected({ ALPNProtocols: ['spdy/3'] })).rejects.toThrow(/no application protocol/)
  })

  it.each(['asks', 'pop'])(
    'issues no session that could be resumed where it asks for certificates (%s)',
    async (listener) => {
      for (const maxVersion of ['TLSv1.3', 'TLSv1.2'] as const)
        expect([maxVersion, await resumes(listener, maxVersion)]).toEqual([maxVersion, false])
    },
  )

  it('resumes sessions where it does not', async () => {
    expect(await resumes('public', 'TLSv1.3')).toBe(true)
  })

  it('takes up no session of before its ticket keys were changed, and answers all the same', async () => {
    const listener = await openInProcess({
      upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` } },
      routes: ROUTES,
    })
    const answers = () => call({ port: listener.port, path: '/status', version: '1.1' })
    const sessionOf = async () => {
      const socket = await openTls(listener.port)
      let session: Buffer | undefined
      socket.on('session', (later) => {
        session = later
      })
      socket.write('GET /status HTTP/1.1\r\nHost: api.bank.example\r\nConnection: close\r\n\r\n')
      await gather(socket, UNTIL_CLOSED)
      return session as Buffer
    }
    const isTakenUp = async (session: Buffer) => {
      const socket = await openTls(listener.port, { session })
      const reused = socket.isSessionReused()
      socket.destroy()
      return reused
    }
    listener.setTicketKeys(Buffer.alloc(48, 1))
    const before = await sessionOf()
    expect(await isTakenUp(before)).toBe(true)
    listener.setTicketKeys(Buffer.alloc(48, 2))
    expect(await isTakenUp(before)).toBe(false)
    expect(await isTakenUp(await sessionOf())).toBe(true)
    expect((await answers()).status).toBe(200)
    await listener.stop()
  })

  it('counts handshakes that fail by their reason, and lives on', async () => {
    await expect(connected({ ALPNProtocols: ['x'] })).rejects.toThrow()
    await new Promise((resolve) => connect(gateway.port, '127.0.0.1').end().resume().once('close', resolve))
    const { text } = await gateway.raw('GET /status HTTP/1.1\r\nHost: api.bank.example\r\n\r\n')
    expect(statusesIn(text)).toEqual([200])
    for (const reason of ['ERR_SSL_NO_APPLICATION_PROTOCOL', 'NOTHING_SENT'])
      expect(await gateway.metrics()).toMatch(
        new RegExp(`\nholdfast_tls_failures_total\\{reason="${reason}"\\} [1-9]`),
      )
    const told = gateway.lines().flatMap(({ msg, reason }) => (msg === 'handshake failed' ? [reason] : []))
    expect(told).toContain('ERR_SSL_NO_APPLICATION_PROTOCOL')
    expect(told).not.toContain('NOTHING_SENT')
  })

  /** Whether a second connection with the session of the first takes it up again. */
  async function resumes(listener: string, maxVersion: 'TLSv1.3' | 'TLSv1.2'): Promise<boolean> {
    const port = gateway.ports.get(listener) as number
    const first = await openTls(port, { maxVersion })
    let session = first.getSession()
    first.on('session', (later) => {
      session = later
    })
    first.write('GET /status HTTP/1.1\r\nHost: api.bank.example\r\nConnection: close\r\n\r\n')
    await gather(first, UNTIL_CLOSED)
    const second = await openTls(port, { maxVersion, ...(session === undefined ? {} : { session }) })
    const reused = second.isSessionReused()
    second.destroy()
    return reused
  }

  describe.skipIf(!needs('openssl', 'version'))('as openssl sees it', () => {
    const client = (...args: string[]) =>
      run('openssl', [
        's_client',
        '-connect',
        `127.0.0.1:${gateway.port}`,
        '-servername',
        'api.bank.example',
        ...args,
      ])

    it.each([
      ['-tls1_1'],
      ['-tls1_2', '-cipher', 'ECDHE-ECDSA-CHACHA20-POLY1305'],
      ['-tls1_2', '-cipher', 'CAMELLIA:AES128-SHA'],
    ])('refuses %s %s %s', async (...args) => {
      const { stdout } = await client(...args.filter((each) => each !== undefined))
      expect(stdout).toMatch(/Cipher is \(NONE\)|^$/)
    })

    it('has a chain that leads to its CA, and no compression', async () => {
      const { stdout } = await client('-CAfile', join(await pkiFolder(), 'server-ca.pem'))
      expect(stdout).toContain('Verify return code: 0 (ok)')
      expect(stdout).toContain('Compression: NONE')
    })

    it('does not renegotiate', async () => {
      const { stdout, stderr } = await run(
        'openssl',
        ['s_client', '-connect', `127.0.0.1:${gateway.port}`, '-tls1_2', '-servername', 'api.bank.example'],
        'R\n',
      )
      expect(`${stdout}${stderr}`).toMatch(/no renegotiation|RENEGOTIATING/i)
      expect(`${stdout}${stderr}`).not.toMatch(/HTTP\/1\.1 200/)
    })
  })
})
