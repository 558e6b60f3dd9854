import { describe, expect, it } from 'vitest'
import type { Route } from '../../src/decision/route.ts'
import { type Pattern, Router } from '../../src/decision/router.ts'
import { isDenial } from '../../src/domain/denial.ts'
import { aRoute } from '../support/route.ts'

const DEFAULT = 'api.bank.example'

/** A router of routes that are named after their paths, or as said. */
function routerOf(...patterns: readonly (string | (Partial<Pattern> & { readonly id?: string }))[]): Router {
  const routes = patterns.map((each): readonly [Pattern, Route] => {
    const { id, ...given } = typeof each === 'string' ? { id: each, path: each } : each
    const pattern = { path: '/', hosts: null, methods: null, ...given }
    return [pattern, aRoute({ id: id ?? pattern.path })]
  })
  return new Router(routes)
}

function match(router: Router, normalPath: string, method = 'GET', authority = DEFAULT): string {
  const route = router.match({ authority, method, normalPath })
  return isDenial(route) ? route.code : route.id
}

describe('paths', () => {
  it.each([
    ['/', '/', '/'],
    ['/accounts', '/accounts', '/accounts'],
    ['/accounts', '/accounts/', 'ROUTE_UNKNOWN'],
    ['/accounts/', '/accounts/', '/accounts/'],
    ['/accounts/', '/accounts', 'ROUTE_UNKNOWN'],
    ['/accounts', '/Accounts', 'ROUTE_UNKNOWN'],
    ['/accounts', '/accounts/7', 'ROUTE_UNKNOWN'],
    ['/accounts/*', '/accounts/7', '/accounts/*'],
    ['/accounts/*', '/accounts/', 'ROUTE_UNKNOWN'],
    ['/accounts/*', '/accounts', 'ROUTE_UNKNOWN'],
    ['/accounts/*', '/accounts/7/', 'ROUTE_UNKNOWN'],
    ['/accounts/*', '/accounts/7/x', 'ROUTE_UNKNOWN'],
    ['/*/x', '/7/x', '/*/x'],
    ['/accounts/{id}', '/accounts/7', '/accounts/{id}'],
    ['/accounts/{id}', '/accounts/', 'ROUTE_UNKNOWN'],
    ['/accounts/{id}/**', '/accounts/7/x/y', '/accounts/{id}/**'],
    ['/*', '/', 'ROUTE_UNKNOWN'],
    ['/accounts/**', '/accounts', '/accounts/**'],
    ['/accounts/**', '/accounts/', '/accounts/**'],
    ['/accounts/**', '/accounts/7', '/accounts/**'],
    ['/accounts/**', '/accounts/7/x/', '/accounts/**'],
    ['/accounts/**', '/accountsx', 'ROUTE_UNKNOWN'],
    ['/**', '/', '/**'],
    ['/**', '/a/b/c', '/**'],
    ['/a%62c', '/abc', '/a%62c'],
    ['/a%2dc', '/a-c', '/a%2dc'],
    ['/a/%2A', '/a/*', '/a/%2A'],
    ['/a/x%2A', '/a/x%2A', '/a/x%2A'],
    ['/a/%2A', '/a/x', 'ROUTE_UNKNOWN'],
    ['/accounts', '/accounts;v=1', '/accounts'],
    ['/accounts', '/accounts;', '/accounts'],
    ['/accounts/*/x', '/accounts/7;a=b;c/x;d', '/accounts/*/x'],
    ['/constructor', '/toString', 'ROUTE_UNKNOWN'],
  ])('%s and %s: %s', (pattern, path, expected) => {
    expect(match(routerOf(pattern), path)).toBe(expected)
  })
})

describe('the most specific route wins, whatever the order of the file', () => {
  const paths = ['/**', '/a/**', '/a/*', '/a/b', '/*/b', '/a/*/c', '/a/b/**', '/a/b/*']

  it.each([paths, [...paths].reverse()])('', (...patterns) => {
    const router = routerOf(...patterns)
    const found = [
      '/',
      '/x',
      '/x/b',
      '/x/c',
      '/a',
      '/a/',
      '/a/b',
      '/a/x',
      '/a/b/c',
      '/a/x/c',
      '/a/x/d',
      '/a/b/c/d',
      '/a/b/',
    ].map((path) => match(router, path))
    expect(found).toEqual([
      '/**',
      '/**',
      '/*/b',
      '/**',
      '/a/**',
      '/a/**',
      '/a/b',
      '/a/*',
      '/a/b/*',
      '/a/*/c',
      '/a/**',
      '/a/b/**',
      '/a/b/**',
    ])
  })

  it('goes back where the more specific beginning leads nowhere', () => {
    expect(match(routerOf('/a/b/c', '/*/b/d', '/**'), '/a/b/d')).toBe('/*/b/d')
    expect(match(routerOf('/a/b/c', '/**'), '/a/b/d')).toBe('/**')
  })
})

describe('methods', () => {
  const reading = { path: '/a', methods: ['GET'], id: 'read' }
  const writing = { path: '/a', methods: ['POST'], id: 'write' }

  it('tell routes of one path apart', () => {
    const router = routerOf(reading, writing)
    expect([match(router, '/a', 'GET'), match(router, '/a', 'POST')]).toEqual(['read', 'write'])
  })

  it('GET implies HEAD (RFC 9110 §9.3.2), unless another route takes it', () => {
    expect(match(routerOf(reading), '/a', 'HEAD')).toBe('read')
    expect(match(routerOf(reading, { path: '/a', methods: ['HEAD'], id: 'head' }), '/a', 'HEAD')).toBe('head')
    expect(match(routerOf(writing), '/a', 'HEAD')).toBe('METHOD_UNKNOWN')
  })

  it('are all in upper case but TRACE and CONNECT where none is named', () => {
    const router = routerOf('/a')
    for (const method of ['GET', 'HEAD', 'POST', 'PATCH', 'OPTIONS', 'M-SEARCH', 'X2'])
      expect(match(router, '/a', method)).toBe('/a')
    for (const method of ['TRACE', 'CONNECT', 'get', 'Delete', 'trace', 'GET_', '*'])
      expect(match(router, '/a', method)).toBe('METHOD_UNKNOWN')
    expect(match(routerOf({ path: '/a', methods: ['TRACE'] }), '/a', 'TRACE')).toBe('/a')
  })

  it('are compared as they stand: they are case-sensitive', () => {
    expect(match(routerOf(reading), '/a', 'get')).toBe('METHOD_UNKNOWN')
  })

  it('never lead to a laxer route: 405 at the most specific path, though /** would take it', () => {
    expect(match(routerOf(reading, '/**'), '/a', 'DELETE')).toBe('METHOD_UNKNOWN')
  })

  it('are told in Allow', () => {
    const allowed = (router: Router, normalPath = '/a') =>
      router.allowed({ authority: DEFAULT, method: 'X', normalPath })
    expect(allowed(routerOf(reading, writing))).toEqual(['GET', 'POST', 'HEAD'])
    expect(allowed(routerOf(writing))).toEqual(['POST'])
    expect(allowed(routerOf('/a'))).toEqual(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
    expect(allowed(routerOf({ path: '/a' }, { path: '/a', methods: ['TRACE'] }))).toContain('TRACE')
    expect(allowed(routerOf('/b'))).toEqual([])
  })
})

describe('hosts', () => {
  const one = 'one.example'
  const router = routerOf(
    { path: '/**', id: 'any' },
    { path: '/shared', id: 'shared' },
    { path: '/shared', hosts: [one], id: 'shared of one' },
    { path: '/admin', hosts: [one], id: 'admin of one' },
    { path: '/port', hosts: [`${one}:8443`], id: 'port' },
    { path: '/shared', hosts: ['[::1]:8443'], id: 'six' },
  )

  it.each([
    ['/admin', one, 'admin of one'],
    ['/admin', DEFAULT, 'any'],
    ['/shared', one, 'shared of one'],
    ['/shared', DEFAULT, 'shared'],
    ['/x', one, 'any'],
    ['/admin', `${one}:9443`, 'admin of one'],
    ['/port', `${one}:9443`, 'any'],
    ['/port', `${one}:8443`, 'port'],
    ['/port', one, 'any'],
    ['/shared', '[::1]:8443', 'six'],
    ['/shared', '[::1]', 'shared'],
  ])('%s at %s: %s', (path, authority, expected) => {
    expect(match(router, path, 'GET', authority)).toBe(expected)
  })

  it('a route of a host holds at each of its ports, also at one that has routes of its own', () => {
    expect(match(router, '/admin', 'GET', `${one}:8443`)).toBe('admin of one')
    expect(match(router, '/shared', 'GET', `${one}:8443`)).toBe('shared of one')
  })

  it('a route that names the port goes before one that names the host alone', () => {
    const ports = routerOf(
      { path: '/a', hosts: [`${one}:8443`], id: 'port' },
      { path: '/a', hosts: [one], id: 'host' },
    )
    expect(match(ports, '/a', 'GET', `${one}:8443`)).toBe('port')
    expect(match(ports, '/a', 'GET', one)).toBe('host')
  })

  it('a route of a host for all methods leaves none of them to a route that names no host', () => {
    const anywhere = { path: '/a', methods: ['GET'], id: 'anywhere' }
    expect(match(routerOf(anywhere, { path: '/a', hosts: [one], id: 'host' }), '/a', 'GET', one)).toBe('host')
    expect(match(routerOf({ path: '/a', hosts: [one], id: 'host' }, anywhere), '/a', 'GET', one)).toBe('host')
  })
})

describe('cost', () => {
  /** How many look-ups in a map one match takes. */
  function lookups(routes: number): number {
    const router = routerOf(
      '/**',
      ...Array.from({ length: routes }, (_, at) => `/service-${at}/items/*/parts/**`),
    )
    const get = Map.prototype.get
    let count = 0
    Map.prototype.get = function counted(this: Map<unknown, unknown>, key: unknown) {
      count++
      return get.call(this, key)
    }
    try {
      expect(match(router, `/service-${routes - 1}/items/7/parts/8/9`)).toBe(
        `/service-${routes - 1}/items/*/parts/**`,
      )
      match(router, '/service-x/items/7/parts/8/9')
    } finally {
      Map.prototype.get = get
    }
    return count
  }

  it('does not grow with the number of routes', () => {
    expect(lookups(10_000)).toBe(lookups(10))
    expect(lookups(10)).toBeLessThan(30)
  })
})

describe('a route that names the host', () => {
  it('has its path for itself: what it does not take is 405, never left to a route that names no host', () => {
    const router = routerOf(
      { id: 'guarded', path: '/x', hosts: [DEFAULT], methods: ['GET'] },
      { id: 'open', path: '/x', methods: ['GET', 'HEAD', 'POST'] },
      { id: 'open all', path: '/y' },
      { id: 'guarded y', path: '/y', hosts: [DEFAULT], methods: ['GET'] },
    )
    expect([match(router, '/x'), match(router, '/x', 'HEAD'), match(router, '/x', 'POST')]).toEqual([
      'guarded',
      'guarded',
      'METHOD_UNKNOWN',
    ])
    expect([match(router, '/y'), match(router, '/y', 'DELETE')]).toEqual(['guarded y', 'METHOD_UNKNOWN'])
    expect(match(router, '/x', 'POST', 'other.example')).toBe('open')
  })
})
