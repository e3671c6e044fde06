-- The newest entries of a stream; an empty one gets a marker, so that it has a place to go on from.
-- KEYS 1 stream
-- ARGV 1 how many, at least 1
-- Reply entries, newest first: {id, {field, value}} each; a marker has another field than 'e'
local entries = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', ARGV[1])
if #entries > 0 then return entries end
return {{redis.call('XADD', KEYS[1], '*', 'm', ''), {'m', ''}}}
