import type { UnixSeconds } from '../domain/check.ts'

/** A document of the gateway's own, which a public route answers with instead of an upstream. */
export interface Publication {
  readonly type: string
  /** Seconds that anybody may keep it. */
  readonly maxAge: number
  /** Undefined where it is to be signed and no key has its turn. A promise where the key is elsewhere; it may reject. */
  text(now: UnixSeconds): string | undefined | Promise<string>
}
