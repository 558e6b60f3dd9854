import { join, resolve } from 'node:path'
import type { Port } from './listen.ts'

/** Where everything is. The same variables are read by config/demo.yaml. */
export interface Settings {
  readonly gateway: Port
  readonly admin: Port
  readonly authorizationServer: Port
  readonly bank: Port
  /** The public origin of the API, and so the audience of its access tokens. */
  readonly api: string
  readonly issuer: string
  /** The root of the repository. */
  readonly root: string
  readonly certs: string
  /** What the demonstration leaves behind for pasting: tokens, keys, the log of the gateway. */
  readonly output: string
}

/** Reads the ports from the environment; throws a sentence for one that is no port. */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const gateway = readPort(environment, 'HOLDFAST_PORT', 8443)
  const authorizationServer = readPort(environment, 'HOLDFAST_AS_PORT', 9443)
  const root = resolve(import.meta.dirname, '../..')
  return {
    gateway,
    admin: readPort(environment, 'HOLDFAST_ADMIN_PORT', 9901),
    authorizationServer,
    bank: readPort(environment, 'HOLDFAST_BANK_PORT', 8080),
    api: `https://localhost:${gateway.number}`,
    issuer: `https://localhost:${authorizationServer.number}`,
    root,
    certs: join(root, 'certs'),
    output: join(root, 'certs', 'demo'),
  }
}

function readPort(environment: NodeJS.ProcessEnv, variable: string, standard: number): Port {
  const text = environment[variable] || String(standard)
  const number = Number(text)
  if (!/^\d{1,5}$/.test(text) || number < 1 || number > 65_535) {
    throw new RangeError(`${variable} must be a port number from 1 to 65535, not “${text}”.`)
  }
  return { number, variable }
}
