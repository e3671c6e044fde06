-- A whole tally as read from the store, and its sum as JSON. The sum is put only if nobody knows of a newer shard.
-- KEYS 1 shards, 2 rendered
-- ARGV 1 lifetime of the shards in s, 2 lifetime of the sum in s, 3 the sum, then a shard, a revision and a value each
-- Reply 1 if the sum was put, else 0
local read = {}
for i = 4, #ARGV, 3 do read[ARGV[i]] = tonumber(ARGV[i + 1]) end
local late = false
local stands = redis.call('HGETALL', KEYS[1])
local known = {}
for i = 1, #stands, 2 do
  local revision = tonumber(string.match(stands[i + 1], '^%d+')) or 0
  known[stands[i]] = revision
  if revision > (read[stands[i]] or 0) then late = true end
end
for i = 4, #ARGV, 3 do
  if not known[ARGV[i]] or known[ARGV[i]] < tonumber(ARGV[i + 1]) then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 2])
  end
end
-- Shards that nobody can confirm run out: a store that was put back to an older state has them never again.
if late then return 0 end
redis.call('EXPIRE', KEYS[1], ARGV[1])
redis.call('SET', KEYS[2], ARGV[3], 'EX', ARGV[2])
return 1
