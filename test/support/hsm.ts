import { execFileSync, spawn } from 'node:child_process'
import { createPublicKey, hash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SigningAlgorithm } from '../../src/domain/ports.ts'
import type { SigningKey } from '../../src/services/signing/signing-keys.ts'
import { needs } from './wire-programs.ts'

/** Whether SoftHSM and OpenSC are there. */
const LIBRARY =
  ['/usr/lib/softhsm/libsofthsm2.so', '/usr/local/lib/softhsm/libsofthsm2.so'].find(existsSync) ?? ''
export const hasHsm = needs('pkcs11-tool', '--module', LIBRARY, '--list-slots')

export interface TestHsm {
  /** Makes a P-256 key inside, which never leaves. */
  readonly key: (keyId: string) => SigningKey
  readonly remove: () => void
}

/** A hardware security module in software, with one token, spoken to over PKCS#11 by a program of its own. */
export function startHsm(): TestHsm {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-hsm-'))
  mkdirSync(join(folder, 'tokens'))
  writeFileSync(join(folder, 'softhsm2.conf'), `directories.tokendir = ${join(folder, 'tokens')}\n`)
  const env = { ...process.env, SOFTHSM2_CONF: join(folder, 'softhsm2.conf') }
  const init = ['--init-token', '--free', '--label', 'gateway', '--pin', PIN, '--so-pin', PIN]
  execFileSync('softhsm2-util', init, { env, stdio: 'pipe' })
  const session = ['--module', LIBRARY, '--token-label', 'gateway', '--login', '--pin', PIN]
  const ask = (...args: readonly string[]) =>
    execFileSync('pkcs11-tool', [...session, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })

  async function sign(label: string, octets: Uint8Array): Promise<Uint8Array> {
    const [input, output] = ['in', 'out'].map((each) => join(folder, `${hash('sha1', octets)}.${each}`)) as [
      string,
      string,
    ]
    // Hashed here: what goes to the module is as long as its key, whatever is signed.
    writeFileSync(input, hash('sha256', octets, 'buffer'))
    const how = ['--sign', '--mechanism', 'ECDSA', '--label', label, '--signature-format', 'rs']
    const child = spawn('pkcs11-tool', [...session, ...how, '--input-file', input, '--output-file', output], {
      env,
      stdio: 'ignore',
    })
    const [code] = await once(child, 'close')
    if (code !== 0) throw new Error(`the module did not sign: pkcs11-tool ended with ${code}`)
    return new Uint8Array(readFileSync(output))
  }

  return {
    key: (keyId) => {
      ask('--keypairgen', '--key-type', 'EC:prime256v1', '--label', keyId, '--usage-sign')
      const spki = ask('--read-object', '--type', 'pubkey', '--label', keyId)
      const jwk = createPublicKey({ key: spki, format: 'der', type: 'spki' }).export({ format: 'jwk' })
      const algorithm: SigningAlgorithm = 'ES256'
      return {
        signer: { keyId, algorithm, sign: (octets) => sign(keyId, octets) },
        jwk: { ...jwk, kid: keyId, alg: algorithm, use: 'sig' },
        hosts: null,
        signFrom: null,
        signUntil: null,
      }
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

const PIN = '648219'
