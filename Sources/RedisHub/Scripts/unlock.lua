-- Lets go of a lock or a mark, but only of one's own: it may have run out and be somebody else's by now.
-- KEYS 1 lock; ARGV 1 token; reply 1 if it was held, else 0
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
