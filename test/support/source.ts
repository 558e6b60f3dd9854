import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'

/** One import or re-export, as written. */
export interface Import {
  /** `verify/jose/signature.ts` for our own files, else `node:…` or the name of a package. */
  readonly to: string
  readonly isOurs: boolean
  /** `import type`, which leaves nothing behind at run time. */
  readonly isType: boolean
  readonly names: string
}

/** A file of `src`. */
export interface SourceFile {
  /** From `src`: `verify/jose/signature.ts`. */
  readonly path: string
  readonly text: string
  /** The text without comments and strings. */
  readonly code: string
  readonly imports: readonly Import[]
}

/** Every TypeScript file of `src`. */
export function sourceFiles(): readonly SourceFile[] {
  return filesUnder('src')
    .filter((path) => path.endsWith('.ts'))
    .map(readSource)
}

/** Every file under a folder of the repository, from that folder. Empty where there is no such folder. */
export function filesUnder(folder: string): readonly string[] {
  try {
    const entries = readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    const from = join(ROOT, folder).length + 1
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(from))
  } catch {
    return []
  }
}

export function readText(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

function readSource(path: string): SourceFile {
  const text = readText(`src/${path}`)
  return { path, text, code: text.replace(COMMENT_OR_STRING, ''), imports: importsOf(path, text) }
}

function importsOf(path: string, text: string): readonly Import[] {
  const imports: Import[] = []
  for (const [, type, names, from, lazy] of text.matchAll(IMPORT)) {
    const target = (from ?? lazy) as string
    const isOurs = target.startsWith('.')
    const to = isOurs ? posix.join(posix.dirname(path), target) : target
    imports.push({ to, isOurs, isType: type !== undefined, names: names ?? '' })
  }
  return imports
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url)).slice(0, -1)
const IMPORT =
  /^(?:import|export)\s+(type\s+)?(?:([\w$]+|(?:[\w$]+,\s*)?\{[^}]*\}|\*(?:\s+as\s+[\w$]+)?)\s+from\s+)?'([^']+)'|\bimport\('([^']+)'\)/gm
const COMMENT_OR_STRING = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/g
