-- An order's state as read from the store, unless a newer one stands. It says nothing about events: `published` stays.
-- KEYS 1 version, 2 status, 3 progress, 4 remaining, 5 owner, 6 doc, from 7 on one an item
-- ARGV 1 version, 2 status, 3 progress, 4 remaining, 5 owner, 6 lifetime in s, then a text an item
-- Reply 1 if it was put, 0 if a newer one stands
local version, ttl = tonumber(ARGV[1]), ARGV[6]
local stands = tonumber(redis.call('GET', KEYS[1]) or '')
if stands and stands > version then return 0 end
-- Without a version nobody knows which one the document is of.
if stands ~= version then redis.call('DEL', KEYS[6]) end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ttl)
for i = 2, 5 do redis.call('SET', KEYS[i], ARGV[i], 'EX', ttl) end
for i = 7, #KEYS do redis.call('SET', KEYS[i], ARGV[i], 'EX', ttl) end
return 1
