import { FOLLOWS_NONE } from '../redis/script.ts'
import { EVERY, TAKEN_BACK } from './note.ts'

/** Notes that are told, or asked for, in one step at most: for that long nobody else is answered. */
export const AT_ONCE = 500

const KNOWN = `
local info = redis.call('INFO', 'server', 'replication')
${FOLLOWS_NONE}
`

/**
 * Tells notes, in whatever order and however often, and leaves out those that ended a while ago. Of two that revoke the same thing the wider
 * holds; of two that contradict each other the later, where clocks that are apart cannot undo a revocation: one that is news, or as old,
 * holds against what was taken back before it came. What has become another than was told is heard by whoever told it as well, and no two
 * that differ have one time. Numbers are written out, for Lua would round them.
 *
 * KEYS: 1, what is told of each thing; 2, the things in the order in which that last changed; 3, by when they end. ARGV: 1, up to which
 * time they ended, Unix seconds; then of each note the thing, when it was said, until when it counts, what is meant, and `news` where
 * it is told for the first time.
 */
export const TELL_SCRIPT = `${KNOWN}
local function whole(number) return string.format('%.0f', number) end
local last = redis.call('ZREVRANGE', KEYS[2], 0, 0, 'WITHSCORES')[2]
local time = redis.call('TIME')
local change = math.max(time[1] * 1000000 + time[2], (tonumber(last) or 0) + 1)
for at = 2, #ARGV, 5 do
  local thing, said, ends, means = ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), ARGV[at + 3]
  local known = redis.call('HGET', KEYS[1], thing)
  local before, ended, meant = string.match(known or '', '^(%d+) (%d+) (%w+)$')
  if meant ~= '${EVERY}' and meant ~= '${TAKEN_BACK}' and not tonumber(meant) then before = nil end
  if before then
    before, ended = tonumber(before), tonumber(ended)
    if (means == '${TAKEN_BACK}') == (meant == '${TAKEN_BACK}') then
      said, ends = math.max(said, before), math.max(ends, ended)
      if means == '${EVERY}' or meant == '${EVERY}' then
        means = '${EVERY}'
      elseif means ~= '${TAKEN_BACK}' then
        means = whole(math.max(tonumber(means), tonumber(meant)))
      end
    elseif means ~= '${TAKEN_BACK}' and ARGV[at + 4] == 'news' then
      said = math.max(said, before + 1)
    elseif before > said or (before == said and means == '${TAKEN_BACK}') then
      said, ends, means = before, ended, meant
    elseif means == '${TAKEN_BACK}' then
      ends = math.max(ends, ended)
    end
  end
  if before and said <= before and (ends ~= ended or means ~= meant) then said = before + 1 end
  local note = whole(said) .. ' ' .. whole(ends) .. ' ' .. means
  local isAsTold = note == table.concat(ARGV, ' ', at + 1, at + 3)
  if note ~= known then redis.call('HSET', KEYS[1], thing, note) end
  if note ~= known or not isAsTold then
    redis.call('ZADD', KEYS[2], whole(change), thing)
  else
    redis.call('ZADD', KEYS[2], 'NX', whole(change), thing)
  end
  redis.call('ZADD', KEYS[3], whole(ends), thing)
  change = change + 1
end
for _, thing in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', ARGV[1], 'LIMIT', 0, ${AT_ONCE})) do
  redis.call('HDEL', KEYS[1], thing)
  redis.call('ZREM', KEYS[2], thing)
  redis.call('ZREM', KEYS[3], thing)
end
`

/**
 * What changed since. KEYS as above. ARGV: the change that is known already. Answers: 1, which server this is; 2, how many things it knows,
 * of the two keys that must agree the one with fewer; 3, the last change that is among these; 4 and 5, the things and what is told of each.
 */
export const LISTEN_SCRIPT = `${KNOWN}
local run, replid = string.match(info, 'run_id:(%w+)'), string.match(info, 'master_replid:(%w+)')
if not (run and replid) then return redis.error_reply('NORUN INFO lacks run_id or master_replid') end
local since, things = ARGV[1], {}
local changed = redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. since, '+inf', 'WITHSCORES', 'LIMIT', 0, ${AT_ONCE})
for at = 1, #changed, 2 do
  things[#things + 1], since = changed[at], changed[at + 1]
end
local notes = #things == 0 and {} or redis.call('HMGET', KEYS[1], unpack(things))
local count = math.min(redis.call('HLEN', KEYS[1]), redis.call('ZCARD', KEYS[2]))
return { run .. ' ' .. replid, count, since, things, notes }
`
