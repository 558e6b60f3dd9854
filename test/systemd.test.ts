import { describe, expect, it } from 'vitest'
import { documentOf, SAMPLE } from './config/sample.ts'
import { ENDED_AFTER_DRAIN } from './support/ending.ts'
import { readText } from './support/source.ts'

const settings = [...readText('deploy/systemd/holdfast.service').matchAll(/^(\w+)=(.*)$/gm)]
const unset = documentOf(SAMPLE)

describe('the unit for systemd', () => {
  it('waits for longer than the gateway takes to end', () => {
    expect(Number(only('TimeoutStopSec'))).toBeGreaterThan(unset.drain_timeout / 1000 + ENDED_AFTER_DRAIN)
  })

  it('has descriptors for the connections of two listeners and a hundred upstreams', () => {
    const listener = unset.listeners[0]!.limits.max_connections
    const upstream = Object.values(unset.upstreams)[0]!.max_connections
    expect(Number(only('LimitNOFILE'))).toBeGreaterThan(2 * listener + 100 * upstream)
  })

  it('starts the command of the image, which says so where Node is too old, with the same arguments and environment', () => {
    const image = readText('Dockerfile')
    const [, program] = /^RUN ln -s \/app\/(\S+) \/usr\/local\/bin\/holdfast$/m.exec(image)!
    const [, option, file] = /^CMD \["(.*)", "(.*)"\]$/m.exec(image)!
    expect(only('ExecStart')).toBe(`/usr/bin/node /opt/holdfast/${program} ${option} ${file}`)
    expect(all('Environment')).toEqual([...image.matchAll(/^ENV (.*)$/gm)].map(([, variable]) => variable))
  })

  it('reloads by the signal for that, and does not try wrong arguments again', () => {
    expect(only('ExecReload')).toBe('/bin/kill -HUP $MAINPID')
    expect(only('Restart')).toBe('on-failure')
    expect(only('RestartPreventExitStatus')).toBe('2')
  })

  it('has a user and no capability, and writes in one place', () => {
    expect([only('User'), only('NoNewPrivileges'), only('ProtectSystem')]).toEqual([
      'holdfast',
      'yes',
      'strict',
    ])
    expect([only('CapabilityBoundingSet'), only('AmbientCapabilities')]).toEqual(['', ''])
    expect(only('StateDirectory')).toBe('holdfast')
    expect(all('ReadWritePaths')).toEqual([])
  })

  it('leaves no memory behind on a disk, where keys and tokens are in it', () => {
    expect(only('LimitCORE')).toBe('0')
  })

  it('lets V8 make machine code', () => {
    expect(all('MemoryDenyWriteExecute')).toEqual([])
  })
})

function all(key: string): string[] {
  return settings.filter(([, name]) => name === key).map(([, , value]) => value as string)
}

function only(key: string): string {
  const values = all(key)
  expect([key, values.length]).toEqual([key, 1])
  return values[0] as string
}
