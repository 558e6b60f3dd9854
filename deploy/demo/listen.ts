import { once } from 'node:events'
import type { Server } from 'node:net'

/** A port of the demonstration, and the environment variable that moves it. */
export interface Port {
  readonly number: number
  readonly variable: string
}

/** Listens on the loopback address. A port that somebody else holds is a sentence, not a stack trace. */
export async function listen(server: Server, port: Port): Promise<void> {
  server.listen(port.number, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch (problem) {
    if ((problem as NodeJS.ErrnoException).code === 'EADDRINUSE') throw new PortTaken(port)
    throw problem
  }
}

class PortTaken extends Error {
  override readonly name = 'PortTaken'

  constructor(port: Port) {
    super(`Port ${port.number} on 127.0.0.1 is taken. Set ${port.variable} to a free one and try again.`)
  }
}
