// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references to the environment are what is tested
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Environment } from '../../src/config/environment.ts'
import { loadDocument } from '../../src/config/load.ts'
import { ConfigError, configProblem } from '../../src/config/problem.ts'
import { changed, SAMPLE } from './sample.ts'

const SECRET =
  '    introspection: { client_id: a, client_auth: client_secret_basic, client_secret_file: gateway.secret }\n'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-config-'))
  for (const name of ['server.pem', 'server-key.pem']) write(name, 'PEM')
})

describe('loadDocument', () => {
  it('makes paths absolute and reads secrets', () => {
    write('gateway.secret', ' hunter2\n')
    const file = write(
      'gateway.yaml',
      changed('    audience:', `${SECRET}    audience:`).replace('url: ', 'socket_path: up.sock\n    url: '),
    )
    const { document, locate } = loadDocument(file)
    expect(document.listeners[0]?.tls).toMatchObject({ certificate: join(folder, 'server.pem') })
    expect(document.upstreams.accounts?.socket_path).toBe(join(folder, 'up.sock'))
    expect(document.issuers.bank?.introspection).toMatchObject({
      client_secret: 'hunter2',
      client_secret_file: join(folder, 'gateway.secret'),
    })
    expect(locate(['routes'])).toMatchObject({ file, line: 18 })
  })

  it('reports files that cannot be read together with everything else', () => {
    const text = changed(
      'server.pem',
      'absent.pem',
      changed('server-key.pem', '.', changed('scope: accounts', 'scope: 7')),
    )
    const file = write('gateway.yaml', text)
    expect(reportOf(file).split('\n')).toEqual([
      `${file}:6:20 listeners[0].tls.certificate: expected the path of a readable file, found no file at ${folder}/absent.pem`,
      `${file}:7:20 listeners[0].tls.private_key: expected the path of a readable file, found a folder`,
      `${file}:20:14 routes[0].require.scope: expected a scope or a list of them, found 7; in quotes it is a text`,
    ])
  })

  it('reports a socket whose path is longer than one can be', () => {
    const octets = (count: number) => 'ü'.repeat(8).padEnd(count - `${folder}/`.length - 8, 's')
    const gateway = (count: number) =>
      write('gateway.yaml', changed('url: ', `socket_path: ${octets(count)}\n    url: `))
    expect(loadDocument(gateway(108)).document.upstreams.accounts?.socket_path).toHaveLength(100)
    const file = gateway(109)
    expect(reportOf(file)).toBe(
      `${file}:14:18 upstreams.accounts.socket_path: expected a path of at most 108 octets, as no socket can have a longer one, found 109 at ${folder}/${octets(109)}`,
    )
  })

  it('reports a file that is missing at the key that names it', () => {
    const named = [
      `clients: [{ client_id: a, jwks_file: absent }]`,
      `signing: { key: server-key.pem, password_file: absent, key_id: a, algorithm: ES256 }`,
    ]
    const tls = '    tls:\n      client_ca: [server.pem, absent]\n      client_certificate: required\n'
    const file = write('gateway.yaml', [...named, changed('    tls:\n', tls)].join('\n'))
    expect(reportOf(file).split('\n')).toEqual(
      ['1:38 clients[0].jwks_file', '2:48 signing.password_file', '8:31 listeners[0].tls.client_ca[1]'].map(
        (at) => `${file}:${at}: expected the path of a readable file, found no file at ${folder}/absent`,
      ),
    )
  })

  it('says of a path only that a variable in it is not set', () => {
    const text = changed('server.pem', '${DIR}/server.pem', changed('server-key.pem', '${KEY}'))
    const file = write('gateway.yaml', `evidence: { directory: "\${DIR}/evidence" }\n${text}`)
    expect(reportOf(file).split('\n')).toEqual([
      expect.stringContaining(':1:24 evidence.directory: expected ${DIR} in the environment, found nothing'),
      expect.stringContaining(
        ':7:20 listeners[0].tls.certificate: expected ${DIR} in the environment, found nothing',
      ),
      expect.stringContaining(
        ':8:20 listeners[0].tls.private_key: expected ${KEY} in the environment, found nothing',
      ),
    ])
  })

  it('shows nothing of a path that came from the environment: it may be a secret in the place of its file', () => {
    const named = 'evidence: { directory: "${EVIDENCE}" }\nrevocations_file: ${FILE}\n'
    const text = changed('url: http://127.0.0.1:8080', 'url: http://localhost\n    socket_path: ${SOCKET}')
    const env = { EVIDENCE: 'server.pem/hunter1', FILE: 'hunter2', SOCKET: 'hunter3'.repeat(20) }
    const report = reportOf(write('gateway.yaml', named + text), env)
    expect(report).not.toContain('hunter')
    for (const at of ['found no file at ${EVIDENCE}', 'found no file at ${FILE}', ' at ${SOCKET}'])
      expect(report).toContain(at)
  })

  it('takes what stands under a name of the operator for no path', () => {
    const claims = 'scope: accounts\n      claims: { key: a, certificate: [b, c], directory: d }'
    const errors =
      'errors: { format: custom, body: { key: "{code}", ca: [e] }, titles: { certificate: Strange } }\n'
    const policies = 'policies: { shared: { claims: { key: f } } }\n'
    const text = errors + policies + changed('scope: accounts', claims)
    const { document } = loadDocument(write('gateway.yaml', text))
    expect(document.policies['shared']?.claims).toEqual({ key: 'f' })
    expect(document.routes[0]?.require?.claims).toEqual({ key: 'a', certificate: ['b', 'c'], directory: 'd' })
    expect(document.errors.body).toEqual({ key: '{code}', ca: ['e'] })
    expect(document.errors.titles).toEqual({ certificate: 'Strange' })
  })

  it('finds the paths of an entry whatever its name is', () => {
    const file = write(
      'gateway.yaml',
      SAMPLE.replace('  bank:\n', '  claims:\n    ca: absent\n').replace('issuer: bank', 'issuer: claims'),
    )
    expect(reportOf(file)).toContain('issuers.claims.ca: expected the path of a readable file')
  })

  it('takes a directory of evidence that is still to be made, and none that is a file', () => {
    const evidenceIn = (directory: string) =>
      write('gateway.yaml', `evidence: { directory: ${directory} }\n${SAMPLE}`)
    for (const directory of ['.', 'to/be/made'])
      expect(() => loadDocument(evidenceIn(directory))).not.toThrow()
    for (const directory of ['server.pem', 'server.pem/below'])
      expect(reportOf(evidenceIn(directory))).toContain(
        ' evidence.directory: expected the path of a directory that can be written, found ',
      )
  })

  it('refuses an empty secret', () => {
    write('gateway.secret', '\n')
    const file = write('gateway.yaml', changed('    audience:', `${SECRET}    audience:`))
    expect(reportOf(file)).toBe(
      `${file}:11:90 issuers.bank.introspection.client_secret_file: expected a file with a secret, found an empty file`,
    )
  })

  it('reads the secrets of nonces, each long enough', () => {
    const file = write('gateway.yaml', `dpop_nonce: { secret_file: [first, second] }\n${SAMPLE}`)
    const [first, second] = ['a'.repeat(32), 'b'.repeat(32)]
    write('first', ` ${first}\n`)
    write('second', second)
    expect(loadDocument(file).document.dpop_nonce.secret).toEqual([first, second])
    write('second', `${second.slice(1)}\n`)
    const expected =
      'dpop_nonce.secret_file[1]: expected a file with a secret of at least 32 characters, found'
    expect(reportOf(file)).toContain(`${expected} 31 characters`)
    write('second', `${second}\n${first}\n`)
    expect(reportOf(file)).toContain(`${expected} several lines`)
  })

  it('says when there is no such configuration', () => {
    expect(reportOf(join(folder, 'absent.yaml'))).toBe(
      `${folder}/absent.yaml:1:1: expected a readable file, found no file at ${folder}/absent.yaml`,
    )
    expect(reportOf(folder)).toBe(`${folder}:1:1: expected a readable file, found a folder at ${folder}`)
  })

  it('takes its environment as given', () => {
    const file = write('gateway.yaml', `threads: \${THREADS}\n${SAMPLE}`)
    expect(loadDocument(file, { THREADS: '1' }).document.threads).toBe(1)
    expect(() => loadDocument(file, {})).toThrow('${THREADS} in the environment')
  })

  it('lets later stages report at a path', () => {
    const file = write('gateway.yaml', SAMPLE)
    const { locate } = loadDocument(file)
    const fault = {
      path: ['listeners', 0, 'tls', 'certificate'],
      expected: 'a certificate in PEM',
      found: 'no PEM',
    }
    expect(new ConfigError([configProblem(locate, fault)]).report()).toBe(
      `${file}:6:20 listeners[0].tls.certificate: expected a certificate in PEM, found no PEM`,
    )
  })
})

function write(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

function reportOf(file: string, env: Environment = {}): string {
  try {
    loadDocument(file, env)
    return ''
  } catch (error) {
    if (error instanceof ConfigError) return error.report()
    throw error
  }
}
