import { hash, KeyObject } from 'node:crypto'
import type { Settings } from './settings.ts'

/** Of all that a configuration and its files say. What is revoked may be long, and has a fingerprint already. */
export function fingerprintOf({ revocations, ...settings }: Settings): string {
  return fingerprint([settings, revocations.fingerprint])
}

/** 22 characters that are equal where the values are, whatever they hold: maps, sets and keys as well. */
export function fingerprint(value: unknown): string {
  return hash('sha256', JSON.stringify(value, plain) ?? '', 'base64url').slice(0, 22)
}

function plain(_: string, value: unknown): unknown {
  if (value instanceof Map || value instanceof Set) return [...value]
  if (value instanceof KeyObject) return value.export({ format: 'jwk' })
  return value
}
