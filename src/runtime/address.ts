/** Turns the system's error into a sentence that names the address. */
export function cannotListen({
  host,
  port,
}: {
  readonly host: string
  readonly port: number
}): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    const address = `${host.includes(':') ? `[${host}]` : host}:${port}`
    if (error.code === 'EADDRINUSE')
      throw new Error(`${address} is in use: another Holdfast, or another program, listens there`)
    throw new Error(`cannot listen on ${address}: ${error.message}`)
  }
}
