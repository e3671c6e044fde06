-- Shards of one tally that moved on: each replaces an older revision, and what was summed from the old ones goes.
-- KEYS 1 shards, 2 rendered
-- ARGV 1 lifetime of the shards in s, then a shard, a revision and a value (which begins with the revision) each
-- Reply: how many were newer
local newer = 0
for i = 2, #ARGV, 3 do
  local stands = redis.call('HGET', KEYS[1], ARGV[i])
  local revision = stands and tonumber(string.match(stands, '^%d+'))
  if not revision or revision < tonumber(ARGV[i + 1]) then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 2])
    newer = newer + 1
  end
end
redis.call('EXPIRE', KEYS[1], ARGV[1])
if newer > 0 then redis.call('DEL', KEYS[2]) end
return newer
