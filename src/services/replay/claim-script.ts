/** Seconds that the clocks of replicas, and that of Redis, may be apart. */
export const APART = 5

/**
 * What a server of Redis knows of itself. One that began anew, was restored from a snapshot or took another's place has another
 * `run_id`, and one that has evicted a key says so: it may lack claims, and from then on judges only proofs that cannot have been
 * spent before. That is asked each time, as there is no moment at which a client learns of it for sure. Clocks that are far apart
 * would have it begin too early, or in an hour.
 *
 * KEYS[1]: where it is written; ARGV[1]: Unix seconds here.
 */
const KNOWN = `
local info = redis.call('INFO', 'server', 'stats')
local run, evicted = string.match(info, 'run_id:(%w+)'), string.match(info, 'evicted_keys:(%d+)')
if not run or not evicted then return redis.error_reply('NORUN INFO tells no run_id and evicted_keys') end
local self = run .. ' ' .. evicted
local known = redis.call('HMGET', KEYS[1], 'self', 'since')
local since = tonumber(known[2])
if known[1] ~= self or not since then
  local here, there = tonumber(redis.call('TIME')[1]), tonumber(ARGV[1])
  if math.abs(here - there) > ${APART} then
    return redis.error_reply('CLOCKS the clocks of Redis and of this machine are ' .. math.abs(here - there) .. ' s apart')
  end
  since = math.max(here, there) + 1
  redis.call('HSET', KEYS[1], 'self', self, 'since', since)
end
`

/**
 * Claims a proof in one step; answers an index of `CLAIMS`. KEYS[2]: the proof. ARGV, seconds: 2, its `iat`; 3, how far an `iat`
 * may lie ahead of the clock here; 4, how long it is remembered.
 */
export const CLAIM_SCRIPT = `${KNOWN}
if tonumber(ARGV[2]) <= since + tonumber(ARGV[3]) then return 0 end
if redis.call('SET', KEYS[2], '', 'NX', 'EX', ARGV[4]) then return 1 end
return 2
`
export const CLAIMS = ['unready', 'first', 'replayed'] as const

/**
 * Has a server write down since when it knows, before the first proof comes, and answers that, Unix seconds; an error where it is set up
 * to forget under load, or where this user may not do what a claim takes, which is tried. KEYS[2]: a proof that nobody makes.
 */
export const KEEP_SCRIPT = `${KNOWN}
local memory = redis.call('INFO', 'memory')
local policy = string.match(memory, 'maxmemory_policy:(%S+)')
if policy ~= 'noeviction' and string.match(memory, 'maxmemory:(%d+)') ~= '0' then
  return redis.error_reply('EVICTS maxmemory-policy is ' .. tostring(policy) .. ', not noeviction')
end
redis.call('TIME')
redis.call('HSET', KEYS[1], 'since', since)
redis.call('SET', KEYS[2], '', 'NX', 'EX', 1)
return since
`
