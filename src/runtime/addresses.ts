import { createServer, type ListenOptions, type Server } from 'node:net'
import { type Path, pathText } from '../config/problem.ts'
import type { Address } from './calls.ts'

/** An address that is ours alone, whatever threads of ours listen there. */
export interface HeldAddress extends Address {
  release(): void
}

/**
 * Makes sure that nobody else listens at an address, and that no other Holdfast can begin to: threads share a port by
 * SO_REUSEPORT, which would let a second process in as well, with a second memory of spent proofs. The address is bound
 * alone for a moment, and a name for it is held as long as the process lives; the system takes it back from the dead.
 * Port 0 lets the system choose. Rejects with a sentence.
 */
export async function holdAddress(
  { host, port }: { readonly host: string; readonly port: number },
  isShared: boolean,
  path: Path,
): Promise<HeldAddress> {
  const refuse = cannotListen({ host, port }, path)
  const early = isShared && port !== 0 ? await hold(host, port).catch(refuse) : null
  try {
    const probe = await bind({ host, port, exclusive: true })
    const bound = (probe.address() as { port: number }).port
    await new Promise((resolve) => probe.close(resolve))
    const lock = isShared ? (early ?? (await hold(host, bound))) : null
    return { host, port: bound, isShared, release: () => void lock?.close() }
  } catch (error) {
    early?.close()
    return refuse(error as NodeJS.ErrnoException)
  }
}

/** Turns the system's error into a sentence that names the address, and the key that sets it, which a file need not have. */
export function cannotListen(
  { host, port }: { readonly host: string; readonly port: number },
  path: Path,
): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    const key = pathText(path)
    const address = `${host.includes(':') ? `[${host}]` : host}:${port}`
    if (error.code === 'EADDRINUSE')
      throw new Error(`${key}: ${address} is in use: another Holdfast, or another program, listens there`)
    throw new Error(`${key}: cannot listen on ${address}: ${REASONS[error.code ?? ''] ?? error.message}`)
  }
}

function hold(host: string, port: number): Promise<Server> {
  return holdName(`${host} ${port}`)
}

/**
 * Holds a name as long as the process lives; rejects with EADDRINUSE where another holds it. It is in the abstract namespace,
 * which belongs to the same network namespace as ports do.
 */
export function holdName(name: string): Promise<Server> {
  return bind({ path: `\0holdfast ${name}` })
}

async function bind(options: ListenOptions): Promise<Server> {
  const server = createServer((socket) => socket.destroy())
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options, resolve)
  })
  server.on('error', () => {})
  return server.unref()
}

const REASONS: { readonly [code: string]: string } = {
  EACCES: 'this process has no right to; a port below 1024 takes CAP_NET_BIND_SERVICE',
  EADDRNOTAVAIL: 'this machine has no such address',
}

/** Whether the system spreads the connections of one port over several threads. */
export const canShare = ['linux', 'android'].includes(process.platform)
