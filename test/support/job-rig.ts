import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { type GatewayConfig, startGateway, type TestGateway } from './gateway.ts'
import { aKey, type SigningKey } from './keys.ts'
import { readText } from './source.ts'
import type { Answer } from './wire-client.ts'
import { type TestIssuer, testIssuer } from './wire-issuer.ts'
import { pkiFolder } from './wire-pki.ts'
import { issuerKey, proof } from './wire-tokens.ts'
import { type RecordingUpstream, startUpstream } from './wire-upstream.ts'

/** A machine for a file of config/jobs: a checkout with the PKI, `/etc` as the pod of the sidecar has it, and the API. */
export class JobRig {
  readonly upstream: RecordingUpstream
  readonly #root: string

  private constructor(upstream: RecordingUpstream, root: string) {
    this.upstream = upstream
    this.#root = root
  }

  static async open(): Promise<JobRig> {
    const root = mkdtempSync(join(tmpdir(), 'holdfast-job-'))
    const pki = await pkiFolder()
    for (const folder of ['config/jobs', 'etc/holdfast-tls', 'etc/holdfast-as'])
      mkdirSync(join(root, folder), { recursive: true })
    symlinkSync(pki, join(root, 'certs'))
    cpSync(join(pki, 'server.pem'), join(root, 'etc/holdfast-tls/tls.crt'))
    cpSync(join(pki, 'server-key.pem'), join(root, 'etc/holdfast-tls/tls.key'))
    cpSync(join(pki, 'introspection.secret'), join(root, 'etc/holdfast-as/secret'))
    return new JobRig(await startUpstream(), root)
  }

  /** Where a file lies as it does in a checkout. */
  path(name: string): string {
    return join(this.#root, 'config/jobs', name)
  }

  /** The file as it is, but that `/etc` is that of this machine. */
  text(name: string): string {
    return readText(`config/jobs/${name}`).replaceAll(' /etc/', ` ${this.#root}/etc/`)
  }

  /**
   * Starts what an operator makes of the file: changed in the lines that say `replace`, and in no others. Nothing is trusted
   * before the start. Node knows the CA of the authorization server, as it knows public ones.
   */
  start(name: string, ours: Record<string, string>, changed = (text: string) => text): Promise<TestGateway> {
    const lines = changed(this.text(name)).split('\n')
    const replaced = lines.map((line) => (line.includes('# replace') ? this.#replaced(line, ours) : line))
    // No port is taken that another test may have.
    const text = replaced.join('\n').replaceAll(/bind: 0\.0\.0\.0:\d+/g, 'bind: 127.0.0.1:0')
    const config = parse(text) as GatewayConfig
    const trusted = { NODE_EXTRA_CA_CERTS: join(this.#root, 'certs/as-ca.pem') }
    return startGateway({ replay: {}, ...config }, trusted)
  }

  #replaced(line: string, ours: Record<string, string>): string {
    const local = line
      .replaceAll('../../certs', join(this.#root, 'certs'))
      .replace(/http:\/\/127\.0\.0\.1:\d+/, `http://127.0.0.1:${this.upstream.port}`)
    return Object.entries(ours).reduce((all, [theirs, own]) => all.replace(theirs, own), local)
  }

  async close(): Promise<void> {
    await this.upstream.close()
    rmSync(this.#root, { recursive: true })
  }
}

/** An authorization server that is up. */
export async function anIssuer(): Promise<TestIssuer> {
  const issuer = await testIssuer(issuerKey())
  await issuer.up()
  return issuer
}

/** Asks once more where a nonce is asked for, as it is right after a start (RFC 9449 §8). */
export async function withNonce<Try extends { answer: Answer }>(
  ask: (nonce?: string) => Promise<Try>,
): Promise<Try> {
  const first = await ask()
  return first.answer.code === 'DPOP_NONCE' ? ask(first.answer.all('dpop-nonce')[0]) : first
}

/** A proof by this key, whose thumbprint need not be that of the token. */
export function provedBy(key: SigningKey, accessToken: string, claims: object): string {
  return proof(accessToken, { claims: { ...claims }, header: { jwk: key.jwk }, key })
}

/** The key that tokens of the tests are bound to, and one that none is. */
export const OWN = aKey('ES256', 'client')
export const FOREIGN = aKey('ES256', 'another')
