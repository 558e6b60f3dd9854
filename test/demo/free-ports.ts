import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/** Four ports that are free now, under the variables that move the demonstration's. */
export async function freePorts(): Promise<Record<(typeof VARIABLES)[number], string>> {
  const servers = VARIABLES.map(() => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const numbers = servers.map((server) => String((server.address() as AddressInfo).port))
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return Object.fromEntries(VARIABLES.map((name, at) => [name, numbers[at]!])) as Record<
    (typeof VARIABLES)[number],
    string
  >
}

const VARIABLES = ['HOLDFAST_PORT', 'HOLDFAST_ADMIN_PORT', 'HOLDFAST_AS_PORT', 'HOLDFAST_BANK_PORT'] as const
