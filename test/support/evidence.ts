import { createPublicKey, randomUUID, sign } from 'node:crypto'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JsonObject } from '../../src/codec/json.ts'
import type { EvidenceRecord, SignatureEvidence } from '../../src/domain/evidence-record.ts'
import {
  EvidenceChain,
  type EvidenceEvents,
  type EvidenceOptions,
} from '../../src/services/evidence/evidence-chain.ts'
import { aKey } from './keys.ts'

/** A signature by an ES256 key of that name over a base, as it is kept. */
export function aSignature(by: 'client' | 'gateway', base: string, name: string = by): SignatureEvidence {
  const { privateKey, jkt } = aKey('ES256', name)
  const signature = sign('sha256', Buffer.from(base, 'latin1'), {
    key: privateKey,
    dsaEncoding: 'ieee-p1363',
  })
  return {
    by,
    label: 'sig1',
    base,
    signature: signature.toString('base64'),
    algorithm: 'ES256',
    keyid: name,
    thumbprint: jkt,
    jwk: createPublicKey(privateKey).export({ format: 'jwk' }) as JsonObject,
  }
}

export function aRecord(changes: Partial<EvidenceRecord> = {}): EvidenceRecord {
  return {
    kind: 'request',
    exchange: randomUUID(),
    interaction_id: 'f2a8a4d6-5b1f-4f3e-9c57-0d4f7f0a5a11',
    listener: 'public',
    route: 'payments',
    snapshot: 'abcdefghijkl',
    method: 'POST',
    target: 'https://api.bank.example/payments',
    issuer: 'https://as.bank.example',
    client_id: 'client-1',
    subject: 'user-1',
    token_sha256: 'fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo',
    jti: 'token-1',
    jkt: null,
    x5t_s256: null,
    x5t_subject: null,
    verdict: 'admitted',
    status: null,
    signatures: [BASIC],
    digests: {},
    body: null,
    ...changes,
  }
}

/** A chain in a directory of its own, that speaks to nobody. */
export async function aChain(changes: Partial<EvidenceOptions> = {}): Promise<EvidenceChain> {
  return new EvidenceChain({
    directory: await evidenceFolder(),
    thread: 1,
    rotateSize: 1_000_000_000,
    rotateAge: 3_600_000,
    syncInterval: 0,
    queueSize: 1_000_000,
    isOptional: false,
    now: Date.now,
    events: SILENT,
    retryAfter: 10,
    ...changes,
  })
}

export function evidenceFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'holdfast-evidence-'))
}

export const SILENT: EvidenceEvents = {
  began: () => {},
  rotated: () => {},
  gone: () => {},
  unclosed: () => {},
  failed: () => {},
  recovered: () => {},
  lost: () => {},
  gap: () => {},
}

const BASIC = aSignature('client', '"@method": POST\n"@signature-params": ("@method");created=1700000000')
