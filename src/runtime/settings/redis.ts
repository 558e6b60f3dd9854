import type { Document } from '../../config/document.ts'
import type { Materials } from '../../services/materials/materials.ts'
import type { RedisPlace } from '../../services/redis/connection.ts'
import { readTlsFiles } from './tls-files.ts'

/** Where replicas remember together; null: each remembers for itself. */
export function readRedis({ replay }: Document, materials: Materials): RedisPlace | null {
  const { store, redis } = replay
  if (store !== 'redis' || redis === undefined) return null
  const path = ['replay', 'redis']
  const { password_file: passwordFile } = redis
  return {
    url: redis.url ?? null,
    cluster: redis.cluster ?? [],
    isPlaintext: redis.danger_plaintext,
    username: redis.username ?? null,
    password: passwordFile === undefined ? null : materials.secret(passwordFile, [...path, 'password_file']),
    ...readTlsFiles(redis, path, materials),
  }
}
