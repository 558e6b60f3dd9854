import { readFileSync } from 'node:fs'
import type { Log } from '../../services/log/log.ts'
import type { Settings } from '../settings/settings.ts'

/** Says at start where connections may come that no file could be opened for, so that nobody learns it under load. */
export function stateOpenFiles({ document }: Settings, log: Log): void {
  const fewer = tooFewFiles(document, openFiles())
  if (fewer !== null)
    log.warn(
      'more connections may come than files may be open: raise ulimit -n, or lower max_connections',
      fewer,
    )
}

/** What may come and what may be open, where that is less. */
export function tooFewFiles({ listeners, upstreams }: Bounded, files: number | null): object | null {
  const most = [...listeners.map(({ limits }) => limits), ...Object.values(upstreams)]
  const connections = most.reduce((sum, { max_connections: each }) => sum + each, 0)
  return files === null || files >= connections ? null : { open_files: files, connections }
}

/** How many files this process may have open; null where the system does not say, or has no bound. Node has raised it as far as it may. */
export function openFiles(): number | null {
  try {
    const [, files] = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return files === undefined ? null : Number(files)
  } catch {
    return null
  }
}

interface Bounded {
  readonly listeners: readonly { readonly limits: Most }[]
  readonly upstreams: { readonly [name: string]: Most }
}
interface Most {
  readonly max_connections: number
}
