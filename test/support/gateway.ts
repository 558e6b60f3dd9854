import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { published } from './keys.ts'
import { type Answer, type Call, call, raw } from './wire-client.ts'
import { pkiFolder } from './wire-pki.ts'
import { issuerKey, ORIGIN } from './wire-tokens.ts'

/** A gateway configuration as YAML would give it; what is missing is filled in. */
export interface GatewayConfig {
  readonly [key: string]: unknown
  readonly listeners?: readonly ListenerConfig[]
  readonly upstreams: { readonly [name: string]: object }
  readonly routes: readonly object[]
}

export interface ListenerConfig {
  readonly [key: string]: unknown
  readonly name?: string
  readonly tls?: object
}

/** Holdfast as a process of its own. */
export interface TestGateway {
  readonly child: ChildProcess
  /** Of the first listener. */
  readonly port: number
  /** By the listener's name. */
  readonly ports: ReadonlyMap<string, number>
  readonly admin: number
  readonly folder: string
  /** A request to the first listener, unless a port is given. */
  readonly call: (wire: Omit<Call, 'port'> & { readonly port?: number }) => Promise<Answer>
  readonly raw: (octets: string, options?: Parameters<typeof raw>[2]) => ReturnType<typeof raw>
  /** Everything on standard output so far, as objects. */
  readonly lines: () => { readonly [name: string]: unknown }[]
  readonly stderr: () => string
  /** The first line that fits; waits for it, as lines are gathered before they are written. */
  readonly line: (
    fits: (line: { readonly [name: string]: unknown }) => boolean,
  ) => Promise<{ readonly [name: string]: unknown }>
  readonly metrics: () => Promise<string>
  /** SIGTERM, unless another is said; fails where it does not end with 0 or has complained. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<void>
}

/** Starts `node src/main.ts --config …` on free ports and waits until it is ready. */
export async function startGateway(config: GatewayConfig, env: NodeJS.ProcessEnv = {}): Promise<TestGateway> {
  return await start(config, env).catch((error: Error) => {
    // A port that the system chose can go to another program in the moment before a thread takes it; then another is chosen.
    if (error.message.includes(':0 is in use')) return start(config, env)
    throw error
  })
}

async function start(config: GatewayConfig, env: NodeJS.ProcessEnv): Promise<TestGateway> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'))
  const file = join(folder, 'gateway.yaml')
  await writeFile(join(folder, 'issuer.jwks.json'), JSON.stringify(published(issuerKey())))
  await writeFile(file, JSON.stringify(await completed(config), null, 2))
  const started = await launch(['--config', file], env)
  const serving = await started.line((line) => line['msg'] === 'serving')
  const ports = new Map(
    (serving['listeners'] as string[]).map((each) => {
      const [name, port] = each.split(' on port ') as [string, string]
      return [name, Number(port)]
    }),
  )
  const admin = Number(serving['admin'])
  const port = [...ports.values()][0] as number
  await untilReady(admin)
  return {
    ...started,
    port,
    ports,
    admin,
    folder,
    call: (wire) => call({ port, ...wire }),
    raw: (octets, options) => raw(port, octets, options),
    metrics: async () => (await fetch(`http://127.0.0.1:${admin}/metrics`)).text(),
    stop: async (signal = 'SIGTERM') => {
      const code = await started.end(signal)
      await rm(folder, { recursive: true, force: true })
      if (code !== 0 || started.stderr() !== '')
        throw new Error(`the gateway ended with ${code}\n${started.stderr()}${started.stdout()}`)
    },
  }
}

export interface Launched extends Pick<TestGateway, 'child' | 'lines' | 'line' | 'stderr'> {
  readonly stdout: () => string
  readonly ended: Promise<number | null>
  readonly end: (signal: NodeJS.Signals) => Promise<number | null>
}

/** The process itself, with any arguments. It cannot outlive the tests. */
export async function launch(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Launched> {
  const child = spawn(process.execPath, [...LEASH, 'src/main.ts', ...args], {
    cwd: ROOT,
    env: { ...process.env, NODE_COMPILE_CACHE: COMPILED, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const ended = once(child, 'close').then(([code]) => code as number | null)
  const lines = () =>
    stdout
      .split('\n')
      .slice(0, -1)
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as { readonly [name: string]: unknown })
  return {
    child,
    lines,
    line: async (fits) => {
      for (const deadline = Date.now() + PATIENCE; Date.now() < deadline; await wait(20)) {
        const found = lines().find(fits)
        if (found !== undefined) return found
        if (child.exitCode !== null) break
      }
      throw new Error(
        `no such line in the output, which ends\n${stderr}${stdout.split('\n').slice(-6).join('\n')}`,
      )
    },
    stdout: () => stdout,
    stderr: () => stderr,
    ended,
    end: async (signal) => {
      child.kill(signal)
      const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE)
      const code = await ended
      clearTimeout(timer)
      return code
    },
  }
}

/** The configuration with what every test needs: the PKI, an issuer with its keys in a file, free ports. */
export async function completed({ listeners = [{}], ...config }: GatewayConfig): Promise<object> {
  const pki = await pkiFolder()
  return {
    threads: 1,
    drain_timeout: '3s',
    admin: { bind: '127.0.0.1:0' },
    issuers: { bank: BANK },
    // Tests begin at once; what is asked for after a start has a test of its own.
    replay: { rate: 1, danger_trust_before_start: true },
    // Nor is a busy machine what they are about.
    overload: { delay: '1m' },
    ...config,
    listeners: listeners.map(({ tls, ...listener }, index) => ({
      name: index === 0 ? 'public' : `public-${index}`,
      bind: '127.0.0.1:0',
      public_origin: ORIGIN,
      ...listener,
      tls: { certificate: join(pki, 'server.pem'), private_key: join(pki, 'server-key.pem'), ...tls },
    })),
  }
}

/** The issuer of the tests, its keys in a file beside the configuration. */
export const BANK = { issuer: 'https://as.bank.example', audience: ORIGIN, jwks_file: 'issuer.jwks.json' }

/** A protected route for everything under `/accounts`, and a public one for `/status`. */
export const ROUTES = [
  { path: '/accounts/**', upstream: 'bank', require: { issuer: 'bank', scope: 'accounts' } },
  { path: '/status/**', upstream: 'bank', danger_public: true },
]

async function untilReady(admin: number): Promise<void> {
  for (const deadline = Date.now() + PATIENCE; Date.now() < deadline; await wait(20)) {
    const answer = await fetch(`http://127.0.0.1:${admin}/readyz`).catch(() => undefined)
    await answer?.body?.cancel()
    if (answer?.status === 200) return
  }
  throw new Error('the gateway was not ready in time')
}

export const ROOT = join(import.meta.dirname, '../..')
/** Milliseconds. */
const PATIENCE = 60_000
/** Each thread loads the sources; what was compiled once is not compiled again. */
const COMPILED = join(tmpdir(), 'holdfast-test-compiled')
const LEASH = ['--import', `${pathToFileURL(join(import.meta.dirname, 'wire-leash.ts'))}`]
