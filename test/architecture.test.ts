import { describe, expect, it } from 'vitest'
import { catalogues } from '../src/cli/codes.ts'
import { specifications } from '../src/domain/citation.ts'
import { type Import, type SourceFile, sourceFiles } from './support/source.ts'

const files = sourceFiles()

/** Imports only go down. `index.ts` is the library door: the pure floors and nothing else. */
const FLOORS: { readonly [room: string]: number } = {
  codec: 0,
  domain: 1,
  verify: 2,
  decision: 3,
  doors: 3.5,
  'index.ts': 3.7,
  config: 4,
  services: 5,
  gateway: 6,
  admin: 6,
  cli: 6,
  runtime: 7,
  'main.ts': 7.5,
}

/** Each package has its one door; `types` may be imported more widely, for they leave nothing behind. */
const PACKAGES: { readonly [name: string]: { readonly door: RegExp; readonly types?: RegExp } } = {
  '@marcbachmann/cel-js': { door: /^config\/condition\.ts$/ },
  zod: { door: /^config\// },
  yaml: { door: /^config\// },
  '@redis/client': { door: /^services\/redis\/connection\.ts$/ },
  'prom-client': { door: /^services\/metrics\// },
  pino: { door: /^services\/log\// },
  undici: { door: /^services\/http\// },
  jose: { door: /^(?:services|cli)\// },
  '@peculiar/asn1-cms': { door: /^services\/materials\/pkcs12\.ts$/ },
  '@peculiar/asn1-pfx': { door: /^services\/materials\/pkcs12\.ts$/ },
  '@peculiar/asn1-schema': { door: /^services\/materials\/pkcs12\.ts$/ },
}

/** What each room may have of the platform. */
const PLATFORM: { readonly [room: string]: readonly string[] } = {
  codec: ['node:buffer', 'node:crypto'],
  domain: [],
  verify: ['node:crypto'],
  decision: [],
  doors: [],
  'index.ts': [],
  config: ['node:crypto', 'node:fs', 'node:fs/promises', 'node:path', 'node:url'],
}

/** Of config, only these touch the disk: one reads the configuration, the other writes the generated pages. */
const DISK_IN_CONFIG = ['config/load.ts', 'config/reference.ts']

/** Floors 0 to 3 are pure: no clock, no chance, no waiting, no output; and what a client sent never makes them throw. */
const IMPURE =
  /\basync\b|\bawait\b|\bDate\.now\b|\bnew Date\b(?!\([^)])|\bperformance\b|\bMath\.random\b|\bthrow\b|\bconsole\b|\bprocess\b/

describe('floors', () => {
  it('every file is in a room that has its floor', () => {
    expect(files.length).toBeGreaterThan(30)
    expect(files.map(({ path }) => path).filter((path) => FLOORS[room(path)] === undefined)).toEqual([])
  })

  it('imports only go down, and rooms of one floor do not know each other', () => {
    expect(
      offences(
        (file, each) =>
          each.isOurs && room(file.path) !== room(each.to) && !(floor(each.to) < floor(file.path)),
      ),
    ).toEqual([])
  })

  it('a specification takes of its siblings their types alone, and verify/jose', () => {
    const isSibling = (file: SourceFile, { to }: Import) =>
      room(file.path) === 'verify' &&
      room(to) === 'verify' &&
      folder(to) !== folder(file.path) &&
      folder(to) !== 'verify/jose'
    expect(offences((file, each) => isSibling(file, each) && !each.isType)).toEqual([])
  })

  // A service fills ports and knows no rule. What its answer means for a request (the ledger says `replayed`, the answer is
  // DPOP_REPLAYED) is said by decision/, so not even a catalogue of denials is known to it.
  it('services know the codec, the domain, and keys and signatures', () => {
    const known = /^(?:services|codec|domain|verify\/jose)\//
    expect(
      offences((file, each) => room(file.path) === 'services' && each.isOurs && !known.test(each.to)),
    ).toEqual([])
  })

  it('only verify/access-token can make an AccessToken', () => {
    expect(
      offences(
        (file, each) => /\bproveToken\b/.test(each.names) && folder(file.path) !== 'verify/access-token',
      ),
    ).toEqual([])
  })
})

describe('doors', () => {
  it('every package is used behind its door', () => {
    const strays = offences((file, { to, isOurs, isType }) => {
      if (isOurs || to.startsWith('node:')) return false
      const known = PACKAGES[packageOf(to)]
      return known === undefined || !(known.door.test(file.path) || (isType && known.types?.test(file.path)))
    })
    expect(strays).toEqual([])
  })

  it('each room has only what it needs of the platform', () => {
    const strays = offences((file, { to }) => {
      const allowed = PLATFORM[room(file.path)]
      return to.startsWith('node:') && allowed !== undefined && !allowed.includes(to)
    })
    expect(strays).toEqual([])
  })

  it('of config, only the loader and the writer of the reference touch the disk', () => {
    const reads = offences(
      (file, { to }) =>
        room(file.path) === 'config' && to.startsWith('node:fs') && !DISK_IN_CONFIG.includes(file.path),
    )
    expect(reads).toEqual([])
  })

  it('threads are started by the runtime alone', () => {
    expect(offences((file, { to }) => to === 'node:worker_threads' && floor(file.path) < 7)).toEqual([])
  })
})

describe('files', () => {
  it('floors 0 to 3 neither wait, look at the clock, throw nor speak', () => {
    const impure = files.filter(({ path, code }) => floor(path) < 4 && IMPURE.test(code))
    expect(impure.map(({ path, code }) => `${path}: ${IMPURE.exec(code)?.[0]}`)).toEqual([])
  })

  it('none is longer than 300 lines', () => {
    expect(files.filter(({ text }) => text.split('\n').length > 301).map(({ path }) => path)).toEqual([])
  })

  it('none has a default export', () => {
    expect(
      files.filter(({ code }) => /\bexport default\b|\bas default\b/.test(code)).map(({ path }) => path),
    ).toEqual([])
  })
})

describe('denials', async () => {
  const denials = (await catalogues()).flatMap((each) => each.denials)

  it('have codes of their own, and a sentence', () => {
    const codes = denials.map(({ code }) => code)
    expect(codes.length).toBeGreaterThan(50)
    expect(codes.filter((code, at) => codes.indexOf(code) !== at)).toEqual([])
    expect(denials.filter(({ says }) => !/^[A-Z].*\.$/.test(says)).map(({ code }) => code)).toEqual([])
  })

  it('cite a specification that we know', () => {
    const known = Object.keys(specifications)
    const unknown = denials.filter(
      ({ cite }) => !known.some((each) => cite.startsWith(`${each} §`) && cite.length > each.length + 2),
    )
    expect(unknown.map(({ code, cite }) => `${code}: ${cite}`)).toEqual([])
  })
})

/** Imports that break a rule, each as `file -> import`. */
function offences(breaks: (file: SourceFile, each: Import) => boolean): readonly string[] {
  return files.flatMap((file) =>
    file.imports.filter((each) => breaks(file, each)).map(({ to }) => `${file.path} -> ${to}`),
  )
}

function room(path: string): string {
  return path.split('/')[0] as string
}

function floor(path: string): number {
  return FLOORS[room(path)] ?? Number.NaN
}

/** `verify/jose` of `verify/jose/signature.ts`. */
function folder(path: string): string {
  return path.split('/').slice(0, -1).join('/')
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}
