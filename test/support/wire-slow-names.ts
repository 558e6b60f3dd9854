import dns from 'node:dns'
import { existsSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

/** Loaded before a gateway that a test starts: while a file by this name is there, its threads find names late. */
const slow = process.env['HOLDFAST_TEST_SLOW_NAMES']
const { lookup } = dns
if (!isMainThread && slow !== undefined) {
  dns.lookup = ((...asked: Parameters<typeof lookup>) => {
    setTimeout(() => lookup(...asked), existsSync(slow) ? LATE : 0)
  }) as typeof lookup
}

/** Milliseconds: longer than a reload takes. */
const LATE = 5_000
