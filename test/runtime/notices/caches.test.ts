import { describe, expect, it } from 'vitest'
import { stateCaches } from '../../../src/runtime/notices/caches.ts'
import type { Settings } from '../../../src/runtime/settings/settings.ts'
import type { Log } from '../../../src/services/log/log.ts'
import { documentOf, SAMPLE } from '../../config/sample.ts'

function stated(caches: string, asked: readonly string[] = []): unknown {
  const settings = {
    document: documentOf(`caches: ${caches}\n${SAMPLE}`),
    consentMaterials: new Map(),
    askingKeys: new Map(asked.map((name) => [name, { certificate: null, privateKey: null }])),
  } as unknown as Settings
  const lines: unknown[] = []
  stateCaches(settings, { info: (_: string, fields: unknown) => lines.push(fields) } as unknown as Log)
  return lines[0]
}

describe('the caches', () => {
  it('are stated with the memory of all that is configured', () => {
    expect(stated('{ tokens: 1024, dpop_keys: 4096 }')).toEqual({
      mebibytes: 25,
      tokens: 1024,
      dpop_keys: 4096,
      introspected_tokens: 0,
      consents: 0,
    })
  })

  it('count the answers of each issuer that is asked', () => {
    expect(stated('{ tokens: 1024, dpop_keys: 4096, introspected_tokens: 10240 }', ['a', 'b'])).toMatchObject(
      {
        mebibytes: 49,
        introspected_tokens: 10_240,
      },
    )
  })
})
