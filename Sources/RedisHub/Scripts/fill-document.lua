-- An order's document as read from the store, where its version is the one that stands, or none does.
-- KEYS 1 version, 2 owner, 3 doc, 4 status, 5 progress, 6 remaining
-- ARGV 1 version, 2 owner, 3 doc, 4 lifetime of version and owner in s, 5 lifetime of doc in s
-- Reply 1 if it was put, else 0
local stands = redis.call('GET', KEYS[1])
if stands and stands ~= ARGV[1] then return 0 end
if not stands then
  -- A server short of memory may drop a version and keep the rest, which would then pass for this version's.
  redis.call('DEL', KEYS[4], KEYS[5], KEYS[6])
  redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[4])
end
redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[4], 'NX')
redis.call('SET', KEYS[3], ARGV[3], 'EX', ARGV[5])
return 1
