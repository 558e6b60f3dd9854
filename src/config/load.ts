import { accessSync, constants, readFileSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { entriesOf, under } from './cross-check/raw.ts'
import { decodeDocument } from './decode.ts'
import type { Document } from './document.ts'
import type { Environment } from './environment.ts'
import {
  byPlace,
  ConfigError,
  configProblem,
  type Fault,
  type Locate,
  type Path,
  type Problem,
} from './problem.ts'

export interface Loaded {
  /** Every path in it is absolute, and what `client_secret_file` holds is in `client_secret`. */
  readonly document: Document
  /** The file as it was named. */
  readonly file: string
  /** Finds the place of a path of the Document, for problems that show later. */
  readonly locate: Locate
}

/** Reads a configuration file and the secrets it names. Throws ConfigError with every problem of the file at once. */
export function loadDocument(file: string, env: Environment = process.env): Loaded {
  const { document, problems, locate, raw, written } = decodeDocument(readConfiguration(file), file, env)
  const folder = dirname(resolve(file))
  const files = [...namedFiles(raw, [])].flatMap(({ path, text }) => unreadable(path, resolve(folder, text)))
  const places = [...unusablePlace(raw, folder), ...unreachableSockets(raw, folder)]
  // What came from the environment is not shown: it may be the secret itself, where the path of its file is wanted.
  const faults = [...files, ...places].map(({ at, ...fault }) =>
    configProblem(locate, {
      ...fault,
      found: at === null ? fault.found : `${fault.found} at ${written(fault.path) ?? at}`,
    }),
  )
  // Of a path with a problem of its own, such as a variable that is not set, only a part may be here.
  const all = [...problems, ...faults.filter(({ path }) => !problems.some((each) => each.path === path))]
  if (document === undefined || all.length > 0) throw new ConfigError(all.sort(byPlace))

  const resolved = withAbsolutePaths(document, folder)
  const emptied: Problem[] = []
  for (const [name, { introspection }] of Object.entries(resolved.issuers)) {
    if (introspection?.client_secret_file === undefined) continue
    introspection.client_secret = readFileSync(introspection.client_secret_file, 'utf8').trim()
    if (introspection.client_secret !== '') continue
    const path = ['issuers', name, 'introspection', 'client_secret_file']
    emptied.push(configProblem(locate, { path, expected: 'a file with a secret', found: 'an empty file' }))
  }
  const { dpop_nonce: nonce } = resolved
  for (const [index, secretFile] of (nonce.secret_file ?? []).entries()) {
    const secret = readFileSync(secretFile, 'utf8').trim()
    nonce.secret = [...(nonce.secret ?? []), secret]
    const isOne = !/[\r\n]/.test(secret)
    if (isOne && secret.length >= SHORTEST_SECRET) continue
    const path = ['dpop_nonce', 'secret_file', index]
    const expected = `a file with a secret of at least ${SHORTEST_SECRET} characters`
    const found = isOne ? `${secret.length} characters` : 'several lines'
    emptied.push(configProblem(locate, { path, expected, found }))
  }
  if (emptied.length > 0) throw new ConfigError(emptied)
  return { document: resolved, file, locate }
}

function readConfiguration(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const place = { file, line: 1, column: 1 }
    const found = `${reason(error)} at ${resolve(file)}`
    throw new ConfigError([{ ...place, path: '', expected: 'a readable file', found }])
  }
}

/** Every text under a key that names a file, wherever it stands. Sockets are left out: they may come later. */
function* namedFiles(value: unknown, path: Path): Iterable<{ path: Path; text: string }> {
  if (typeof value === 'string') {
    if (FILE_KEYS.has(keyOf(path))) yield { path, text: value }
  } else if (typeof value === 'object' && value !== null && !isOpen(path)) {
    for (const [key, child] of Object.entries(value))
      yield* namedFiles(child, [...path, Array.isArray(value) ? Number(key) : key])
  }
}

/** The key that says what a value is; of a list it is that of the list. */
function keyOf(path: Path): string {
  return String(path.findLast((step) => typeof step === 'string'))
}

/** Whether the keys of the mapping there are the operator's own: one that is called `key` then names no file. */
function isOpen(path: Path): boolean {
  const isEntry = path.length === 2 && NAMED.has(String(path[0]))
  return !isEntry && OPEN.has(String(path.at(-1)))
}

/** What is wrong with that to which a path leads; null: where that is need not be said. */
interface PlaceFault extends Fault {
  readonly at: string | null
}

function unreadable(path: Path, file: string): PlaceFault[] {
  const expected = 'the path of a readable file'
  try {
    accessSync(file, constants.R_OK)
    return statSync(file).isDirectory() ? [{ path, expected, found: 'a folder', at: null }] : []
  } catch (error) {
    return [{ path, expected, found: reason(error), at: file }]
  }
}

/** The directory of evidence is made where it is missing. */
function unusablePlace(raw: unknown, folder: string): PlaceFault[] {
  const path = ['evidence', 'directory']
  const { directory: given } = under(raw, 'evidence')
  if (typeof given !== 'string') return []
  const found = unwritable(resolve(folder, given))
  return found === undefined
    ? []
    : [{ path, expected: 'the path of a directory that can be written', ...found }]
}

/** A socket may come later, but never at a path that is longer than an address of one can be: each request would fail. */
function unreachableSockets(raw: unknown, folder: string): PlaceFault[] {
  return entriesOf(raw, 'upstreams').flatMap(({ path, value: { socket_path: given } }) => {
    const file = typeof given === 'string' ? resolve(folder, given) : ''
    const octets = Buffer.byteLength(file)
    if (octets <= LONGEST_SOCKET_PATH) return []
    const expected = `a path of at most ${LONGEST_SOCKET_PATH} octets, as no socket can have a longer one`
    return [{ path: [...path, 'socket_path'], expected, found: `${octets}`, at: file }]
  })
}

/** What keeps a directory from being written, or from being made in the nearest one above it that is there. */
function unwritable(directory: string): Pick<PlaceFault, 'found' | 'at'> | undefined {
  try {
    if (!statSync(directory).isDirectory()) return { found: 'a file', at: directory }
    accessSync(directory, constants.W_OK)
    return undefined
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return code === 'ENOENT' ? unwritable(dirname(directory)) : { found: reason(error), at: directory }
  }
}

function withAbsolutePaths<T>(value: T, folder: string, path: Path = []): T {
  if (typeof value === 'string') {
    const key = keyOf(path)
    return (FILE_KEYS.has(key) || PLACE_KEYS.has(key) ? resolve(folder, value) : value) as T
  }
  if (typeof value !== 'object' || value === null || isOpen(path)) return value
  if (Array.isArray(value))
    return value.map((item, at) => withAbsolutePaths(item, folder, [...path, at])) as T
  const entries = Object.entries(value).map(([key, child]) => [
    key,
    withAbsolutePaths(child, folder, [...path, key]),
  ])
  return Object.fromEntries(entries) as T
}

function reason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? 'UNKNOWN'
  return REASONS[code] ?? code
}

const FILE_KEYS = new Set([
  'ca',
  'certificate',
  'client_ca',
  'client_crl',
  'client_secret_file',
  'jwks_file',
  'key',
  'password_file',
  'private_key',
  'revocations_file',
  'secret_file',
  'token_file',
])
const OPEN = new Set([
  'body',
  'claims',
  'jwks',
  'marks',
  'optional_headers',
  'required_headers',
  'structured_fields',
  'titles',
])
/** Tables whose entries have names, which are the operator's too; what an entry holds is ours. */
const NAMED = new Set(['consents', 'issuers', 'policies', 'signature_profiles', 'upstreams'])
const SHORTEST_SECRET = 32
/** Paths to what may come later: relative to the file as well, and not looked at here. */
const PLACE_KEYS = new Set(['socket_path', 'directory'])
/** `sun_path` of Linux (unix(7)). */
const LONGEST_SOCKET_PATH = 108
const REASONS: Record<string, string> = {
  ENOENT: 'no file',
  EACCES: 'one to which this process has no right',
  EISDIR: 'a folder',
  ENOTDIR: 'no file',
}
