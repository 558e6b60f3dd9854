import { publicOrigin } from './network.ts'
import { count, duration, flag, mapping, oneOrList, size } from './value.ts'

/** Token Status List, draft-ietf-oauth-status-list-21. */
export const statusList = mapping({
  required: flag().prefault(false).describe('Refuses tokens that have no `status`.'),
  origins: oneOrList(publicOrigin, 'an https origin or a list of them')
    .exactOptional()
    .describe(
      'Where the lists may lie; default: the origin of the issuer. They are signed with its keys all the same.',
    ),
  max_age: duration('1s', '24h')
    .prefault('5m')
    .describe('Time after which a list is fetched again; sooner where its `ttl` says so.'),
  stale: duration('0ms', '24h')
    .prefault('1m')
    .describe('How long a list serves on when it is due and cannot be fetched; never past its `exp`.'),
  max_size: size('1KiB', '64MiB')
    .prefault('1MiB')
    .describe('Longest list, inflated; 1MiB is 8 million tokens of 1 bit.'),
  max_lists: count(1, 10_000)
    .prefault(100)
    .describe('Most lists that are kept; beyond them the one that is least used is forgotten.'),
  danger_allow_unavailable: flag()
    .prefault(false)
    .describe('Lets tokens pass whose list cannot be fetched or verified, instead of answering 503.'),
  danger_ignore_status: flag()
    .prefault(false)
    .describe(
      'Does not look at `status` at all. Otherwise a token that carries one is never let through unchecked.',
    ),
})
