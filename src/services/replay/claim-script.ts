import { CLOCKS_APART } from '../../domain/check.ts'
import type { Claim } from '../../domain/ports.ts'
import { FOLLOWS_NONE } from '../redis/script.ts'
import { STEP } from './watched-clock.ts'

/** Seconds that a key lives which `KEEP_SCRIPT` renews once a second: where it has gone before, the clock was ahead meanwhile. */
const KEPT = 3

/**
 * What a server of Redis knows of itself. One that began anew, was restored from a snapshot or took another's place has another
 * `run_id` or `master_replid`, and one that has evicted a key says so: it may lack claims, and from then on judges only proofs that cannot
 * have been spent before. So does one that is asked to remember for longer than it did, or began at a time that is still to come. That is
 * looked at each time, as there is no moment at which a client learns of it for sure. By clocks that are far apart it would begin
 * too early, or keep too short. One that follows another server, and takes writes all the same, is not told to the others what it admits.
 *
 * A clock that is set back comes to the same times once more, and claims of then may have expired. So the latest time of one that may have
 * (`gone`) is written down, and never goes back. It is a time that anything was claimed in (`from` to `latest`), and none that a clock
 * jumped over: one that was ahead for less than a proof is remembered, and returns to where it came from, keeps nobody out for longer than a
 * server that begins anew, as that one then does: what was claimed before may have expired meanwhile. It is seen by the time that was
 * noted, whatever the clock of the replica that asked, or, where nobody asked meanwhile, by a key that has gone before its time.
 *
 * KEYS[1]: where it is written. KEYS[2]: the key that goes. ARGV, seconds: 1, Unix time here; 2, how long a proof is remembered; 3, how far
 * its `iat` may lie ahead of the clock here. Of the last two counts the most that any replica has asked for.
 */
const KNOWN = `
local info = redis.call('INFO', 'server', 'replication', 'stats')
local run, replid = string.match(info, 'run_id:(%w+)'), string.match(info, 'master_replid:(%w+)')
local evicted = string.match(info, 'evicted_keys:(%d+)')
if not (run and replid and evicted) then return redis.error_reply('NORUN INFO lacks run_id, master_replid or evicted_keys') end
${FOLLOWS_NONE}
local here, there = tonumber(redis.call('TIME')[1]), tonumber(ARGV[1])
local self = run .. ' ' .. replid .. ' ' .. evicted
local known = redis.call('HMGET', KEYS[1], 'self', 'since', 'life', 'ahead', 'from', 'latest', 'gone', 'kept')
local since, life, ahead = tonumber(known[2]), tonumber(known[3]), tonumber(known[4]) or 0
local from, latest, gone = tonumber(known[5]) or here, tonumber(known[6]) or here, tonumber(known[7]) or 0
if here ~= latest or not known[6] then
  local past = life and math.min(latest, math.max(here, latest) - life)
  if past and past >= from then gone = math.max(gone, past) end
  if here < from or past == latest then from = here end
  redis.call('HSET', KEYS[1], 'from', from, 'latest', here, 'gone', gone)
end
local kept, hasGone = tonumber(known[8]), redis.call('SET', KEYS[2], '', 'NX', 'EX', ${KEPT})
if here < latest - ${STEP} or hasGone and kept and here < kept + ${KEPT} then
  known[1] = false
  redis.call('HDEL', KEYS[1], 'self')
end
local apart = math.abs(here - there)
local function clocks() return redis.error_reply('CLOCKS the clocks of Redis and of this machine are ' .. apart .. ' s apart') end
if apart > ${CLOCKS_APART} then return clocks() end
if ahead < tonumber(ARGV[3]) then
  ahead = tonumber(ARGV[3])
  redis.call('HSET', KEYS[1], 'ahead', ahead)
end
local function begin()
  since, life = math.max(here, there) + 1, math.max(life or 0, tonumber(ARGV[2]))
  redis.call('HSET', KEYS[1], 'self', self, 'since', since, 'life', life)
end
local isSure = known[1] == self and since and life and life >= tonumber(ARGV[2])
if not isSure or since > math.max(here, there) + ${2 * CLOCKS_APART} then begin() end
`

/** Claims a proof in one step; answers what came of it, and KEYS[3], the proof that this is about. ARGV[4]: its `iat`. */
export const CLAIM_SCRIPT = `${KNOWN}
if tonumber(ARGV[4]) <= math.max(since, gone) + ahead then return 'unready ' .. KEYS[3] end
if redis.call('SET', KEYS[3], '', 'NX', 'EX', life) then return 'first ' .. KEYS[3] end
return 'replayed ' .. KEYS[3]
`

/**
 * What an answer says of this proof. Answers are told apart by their order alone: where one was lost on the way, or another put in, each would
 * be taken for that to another question. Throws where it is.
 */
export function claimOf(answer: unknown, proof: string): Claim {
  for (const claim of CLAIMS) if (answer === `${claim} ${proof}`) return claim
  throw new Error(ASTRAY)
}

/** Until when a server judges no proof, in what it answers to `KEEP_SCRIPT`. Throws where it is the answer to another question. */
export function sinceOf(answer: unknown): number {
  if (!Number.isSafeInteger(answer)) throw new Error(ASTRAY)
  return answer as number
}

/** What is wrong where answers do not fit what was asked. */
export const ASTRAY = 'ASTRAY an answer was not to what was asked'
const CLAIMS = ['unready', 'first', 'replayed'] as const

/**
 * Has a server write down since when it knows, before the first proof comes, and answers up to which `iat` it judges none, Unix
 * seconds; an error where it is set up to forget under load, or where this user may not do what a claim takes, which is tried.
 * ARGV[4]: where it is to begin anew, as a clock was wrong, the most seconds that the two may be apart for that; else nothing.
 */
export const KEEP_SCRIPT = `${KNOWN}
if ARGV[4] ~= '' then
  if apart > tonumber(ARGV[4]) then return clocks() end
  begin()
end
local memory = redis.call('INFO', 'memory')
local policy = string.match(memory, 'maxmemory_policy:(%S+)')
if policy ~= 'noeviction' and string.match(memory, 'maxmemory:(%d+)') ~= '0' then
  return redis.error_reply('EVICTS maxmemory-policy is ' .. tostring(policy) .. ', not noeviction')
end
redis.call('HSET', KEYS[1], 'kept', here)
redis.call('SET', KEYS[2], '', 'EX', ${KEPT})
return math.max(since, gone) + ahead
`
