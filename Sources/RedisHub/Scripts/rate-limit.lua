-- A limit by the generic cell rate algorithm, on the server's clock: a burst of a whole minute's worth.
-- KEYS 1 limit; ARGV 1 cost, 2 how many a minute
-- Reply -1 if granted, else milliseconds to wait
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local minute = 60000000
local step = minute / tonumber(ARGV[2])
-- The moment at which everything taken so far will have been earned back.
local earned = tonumber(redis.call('GET', KEYS[1]) or '')
if not earned or earned < now then earned = now end
earned = earned + tonumber(ARGV[1]) * step
-- A microsecond of slack, because steps are not whole numbers.
if earned - minute > now + 1 then return math.ceil((earned - minute - now) / 1000) end
if earned > now then
  redis.call('SET', KEYS[1], string.format('%.0f', earned), 'PX', math.ceil((earned - now) / 1000))
end
return -1
