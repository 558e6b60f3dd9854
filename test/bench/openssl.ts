import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** CPU microseconds of one P-256 verification in the system's OpenSSL, by its own measurement. */
export async function verificationMicros(seconds: number): Promise<number> {
  const { stdout } = await promisify(execFile)('openssl', [
    'speed',
    '-mr',
    '-seconds',
    String(seconds),
    'ecdsap256',
  ])
  // +F4:index:bits:signatures a second:verifications a second
  const perSecond = Number(/^\+F4:\d+:256:[\d.]+:([\d.]+)$/m.exec(stdout)?.[1])
  if (!(perSecond > 0)) throw new Error(`openssl speed said nothing of P-256:\n${stdout}`)
  return 1e6 / perSecond
}
