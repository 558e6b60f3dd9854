import { choice, count, duration, filePath, flag, listOf, mapping, parsed, text } from './value.ts'

const host = parsed('host:port', 'a host:port', /^[^\s/@?#]+:[0-9]+$/, (given) =>
  URL.canParse(`redis://${given}`) ? given : undefined,
)

const redis = mapping({
  url: parsed(
    'URL',
    'a redis or rediss URL of a host, without a user, a password or a path, such as rediss://replay.internal:6379',
    /^rediss?:\/\/[^\s/@?#]+$/,
    (given) => (URL.canParse(given) && new URL(given).hostname !== '' ? given : undefined),
  )
    .exactOptional()
    .describe(
      'A single server, or the name that always leads to the primary; port 6379 unless it says another.',
    ),
  cluster: listOf(host, 'a list of host:port')
    .exactOptional()
    .describe(
      'Members of a cluster, from which the others are learned; over TLS unless `danger_plaintext` is set.',
    ),
  username: text('text', 'a text without white space', /^\S+$/)
    .exactOptional()
    .describe('The user (ACL), with `password_file`; `default` where none is named.'),
  password_file: filePath
    .exactOptional()
    .describe('File that holds the password; white space around it is cut off.'),
  ca: filePath.exactOptional().describe('CA certificates of Redis, PEM; default: those of Node.'),
  certificate: filePath.exactOptional().describe('Certificate, PEM, where the server asks for one.'),
  private_key: filePath.exactOptional().describe('Its private key, PEM, not encrypted.'),
  prefix: text('text', 'letters, digits and -_.: (at most 64)', /^[A-Za-z0-9_.:-]{1,64}$/)
    .prefault('holdfast')
    .describe(
      'Begins every key. All replicas of one gateway share it; gateways that see the same proofs one after the other must not.',
    ),
  timeout: duration('5ms', '2s')
    .prefault('250ms')
    .describe('How long a proof waits for the answer; later it is refused with 503.'),
  when_down: choice('refuse')
    .prefault('refuse')
    .describe('What happens to proofs while it cannot be reached: they are refused with 503.'),
  danger_plaintext: flag()
    .prefault(false)
    .describe(
      'Allows redis to another machine, and has a cluster asked without TLS; whoever is between can have spent proofs accepted again.',
    ),
})

export const replay = mapping({
  store: choice('memory', 'redis')
    .prefault('memory')
    .describe(
      'Where spent proofs are remembered: in the memory of this process, or also in a Redis or Valkey that all replicas share. By that they tell each other what is revoked, too.',
    ),
  rate: count(1, 1_000_000)
    .exactOptional()
    .describe(
      'Proofs a second that the ledger in memory is sized for; default: room for two million live proofs. When it is full, proofs are refused with 503.',
    ),
  danger_trust_before_start: flag()
    .prefault(false)
    .describe(
      'Judges proofs that may have been spent before the start by their `iat`; else, for `clock_skew` after a start, all proofs are asked for a nonce, whatever `dpop.nonce` says. With `store: redis` nothing is forgotten at a start.',
    ),
  redis: redis.exactOptional().describe('Where the Redis or Valkey is, for `store: redis`.'),
})
