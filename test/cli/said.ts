import { vi } from 'vitest'

/** What a command says, and the code that it ends with. */
export interface Said {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs a command here, with what it writes held back. */
export async function said(
  command: (args: readonly string[]) => Promise<number>,
  args: readonly string[],
): Promise<Said> {
  const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  const err = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  try {
    const code = await command(args)
    return { code, out: out.mock.calls.join(''), err: err.mock.calls.join('') }
  } finally {
    out.mockRestore()
    err.mockRestore()
  }
}
