import { createPublicKey, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { httpbis } from 'http-message-signatures'
import type { Answer } from './wire-client.ts'
import { pkiFolder } from './wire-pki.ts'
import { ORIGIN } from './wire-tokens.ts'

/** A request as its client sent it; `fields` are flat. */
export interface Asked {
  readonly method: string
  readonly path: string
  readonly fields: readonly string[]
}

/** Whether an answer is signed with `signing-key.pem` over this request, as another's library sees it, and its digest covered. */
export async function isSigned(answer: Pick<Answer, 'status' | 'fields'>, asked: Asked): Promise<boolean> {
  const key = createPublicKey(readFileSync(join(await pkiFolder(), 'signing-key.pem')))
  const isGood = await httpbis.verifyMessage(
    {
      keyLookup: async ({ keyid }) => ({
        id: String(keyid),
        verify: async (data: Buffer, signature: Buffer) =>
          verify('sha256', data, { key, dsaEncoding: 'ieee-p1363' }, signature),
      }),
      requiredFields: ['@status', 'content-digest'],
      all: true,
      tolerance: 60,
    },
    { status: answer.status, headers: asRecord(answer.fields) },
    { method: asked.method, url: ORIGIN + asked.path, headers: asRecord(asked.fields) },
  )
  return isGood === true
}

/** Flat fields by their names in small letters. */
export function asRecord(fields: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    fields.flatMap((name, at) => (at % 2 === 0 ? [[name.toLowerCase(), fields[at + 1] as string]] : [])),
  )
}
