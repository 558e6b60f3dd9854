import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const ROOT = new URL('../..', import.meta.url).pathname
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
const doors = Object.keys(manifest.exports).filter((each) => each !== './package.json')

/** The package as npm would publish it, with what it depends on and nothing else, in a folder of its own. */
describe('the package', () => {
  let folder: string

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-package-'))
    // Built aside, so that a build that somebody needs is left alone.
    const dist = join(folder, 'package')
    run('tsc', ['-p', join(ROOT, 'tsconfig.build.json'), '--outDir', join(dist, 'dist')], ROOT)
    for (const file of manifest.files.filter((each: string) => each !== 'dist'))
      copy(join(ROOT, file), join(dist, file))
    copy(join(ROOT, 'package.json'), join(dist, 'package.json'))
    const [packed] = JSON.parse(run('npm', ['pack', '--json', '--ignore-scripts'], dist))
    writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}')
    install(join(dist, packed.filename), folder)
  }, 240_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('opens every door, and what a door of a specification has the main door has as well', () => {
    const program = `
      const whole = await import('holdfast')
      const found = {}
      for (const door of ${JSON.stringify(doors)}) {
        const module = await import(door.replace(/^\\./, 'holdfast'))
        found[door] = Object.keys(module).length
        for (const name of Object.keys(module)) if (whole[name] !== module[name]) throw new Error(door + ' ' + name)
      }
      console.log(JSON.stringify(found))
    `
    writeFileSync(join(folder, 'open.js'), program)
    const found: Record<string, number> = JSON.parse(run(process.execPath, ['open.js'], folder))
    expect(Object.keys(found)).toEqual(doors)
    expect(Object.entries(found).filter(([, names]) => names === 0)).toEqual([])
  })

  it('decides', () => {
    const program = `
      import { compileResource, decide, Evidence, isDenial, listenerRules, requestFacts } from 'holdfast'
      const keys = { candidates: () => [], holds: () => false, standing: () => 'absent', ask: async () => false }
      const snapshot = compileResource({
        issuers: [{ issuer: 'https://as.example', audience: ['https://api.example'], keys }],
        routes: [{ path: '/accounts' }], since: 0, nonceSecrets: ['x'.repeat(32)],
      })
      const request = { method: 'GET', url: '/accounts', httpVersion: '1.1', rawHeaders: ['Host', 'api.example'], socket: {} }
      const facts = requestFacts(request, listenerRules(['https://api.example']))
      const verdict = decide(facts, snapshot, new Evidence(), 1_790_000_000)
      console.log(isDenial(verdict) ? verdict.code : 'admitted')
    `
    writeFileSync(join(folder, 'decide.js'), program)
    expect(run(process.execPath, ['decide.js'], folder)).toBe('TOKEN_ABSENT\n')
  })

  it('has types for every door, and refuses what they do not allow', () => {
    const program = [
      ...doors.map((door, at) => `import type * as door${at} from '${door.replace(/^\./, 'holdfast')}'`),
      "import { checkProof } from 'holdfast/dpop'",
      "import { decide, type Verdict } from 'holdfast/decision'",
      `export type Doors = [${doors.map((_, at) => `typeof door${at}`).join(', ')}]`,
      'export const ask: (...given: Parameters<typeof decide>) => Verdict = decide',
      '// @ts-expect-error: a proof is a text',
      "checkProof(1, { hash: '', jkt: '' }, {} as never, {} as never, 0)",
    ].join('\n')
    writeFileSync(join(folder, 'types.ts'), program)
    const types = ['--typeRoots', join(ROOT, 'node_modules/@types'), '--types', 'node']
    const strict = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'esnext']
    expect(run('tsc', [...strict, ...types, 'types.ts'], folder)).toBe('')
  })

  it('is a command', () => {
    const said = run(join(folder, 'node_modules/.bin/holdfast'), ['codes', 'DPOP_HTU'], folder)
    expect(said).toMatch(/^DPOP_HTU: 401 invalid_dpop_proof/)
  })
})

/** As npm lays it out, from what is here: a registry that does not answer is not what is tried. */
function install(tarball: string, folder: string): void {
  const modules = join(folder, 'node_modules')
  mkdirSync(join(modules, 'holdfast'), { recursive: true })
  mkdirSync(join(modules, '.bin'))
  run('tar', ['-xzf', tarball, '--strip-components=1', '-C', join(modules, 'holdfast')], folder)
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as Lock
  for (const [place, { dev, optional }] of Object.entries(packages))
    if (/^node_modules\/(?:@[^/]+\/)?[^/]+$/.test(place) && dev !== true && optional !== true)
      copy(join(ROOT, place), join(folder, place))
  for (const [name, file] of Object.entries(manifest.bin as Record<string, string>)) {
    chmodSync(join(modules, 'holdfast', file), 0o755)
    symlinkSync(join('../holdfast', file), join(modules, '.bin', name))
  }
}

interface Lock {
  readonly packages: { readonly [place: string]: { readonly dev?: boolean; readonly optional?: boolean } }
}

function run(command: string, args: readonly string[], cwd: string): string {
  const path = `${join(ROOT, 'node_modules/.bin')}:${process.env['PATH']}`
  try {
    return execFileSync(command, args, { cwd, encoding: 'utf8', env: { ...process.env, PATH: path } })
  } catch (problem) {
    const { stdout, stderr } = problem as { stdout: string; stderr: string }
    throw new Error(`${command} ${args.join(' ')}\n${stdout}\n${stderr}`)
  }
}

function copy(from: string, to: string): void {
  execFileSync('mkdir', ['-p', join(to, '..')])
  execFileSync('cp', ['-r', from, to])
}
