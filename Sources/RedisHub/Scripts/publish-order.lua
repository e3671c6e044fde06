-- A write of an order goes out: its events to the stream and the channel, its state to the keys that are read.
-- KEYS 1 version, 2 published, 3 status, 4 progress, 5 remaining, 6 owner, 7 doc, 8 stream, 9 the stream's sizes,
--      from 10 on one an item
-- ARGV 1 version, 2 first seq, 3 '1' after a catch-up, 4 status, 5 progress, 6 remaining, 7 owner, 8 lifetime of the
--      state in s, 9 lifetime of `published` in s, 10 channel, 11 entries to keep, 12 bytes to keep, 13 bytes of a
--      block, 14 number of items, a text an item, then a seq and an envelope an event
-- Reply {outcome, seq}: 0 published, 1 already, 2 behind (seq is what is out), 3 unknown
local version, first = tonumber(ARGV[1]), tonumber(ARGV[2])
local out = tonumber(redis.call('GET', KEYS[2]) or '')
if out and out >= version then return {1, out} end
if ARGV[3] ~= '1' then
  if not out and first > 1 then return {3, 0} end
  if out and out < first - 1 then return {2, out} end
end

local items = tonumber(ARGV[14])
local stands = tonumber(redis.call('GET', KEYS[1]) or '')
-- A filler may have brought a newer state already: that one stays.
if not stands or stands <= version then
  local ttl = ARGV[8]
  redis.call('SET', KEYS[1], ARGV[1], 'EX', ttl)
  redis.call('SET', KEYS[3], ARGV[4], 'EX', ttl)
  redis.call('SET', KEYS[4], ARGV[5], 'EX', ttl)
  redis.call('SET', KEYS[5], ARGV[6], 'EX', ttl)
  redis.call('SET', KEYS[6], ARGV[7], 'EX', ttl)
  for i = 1, items do redis.call('SET', KEYS[9 + i], ARGV[14 + i], 'EX', ttl) end
  redis.call('DEL', KEYS[7])
end

redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[9])
local bytes, last = 0, nil
for i = 15 + items, #ARGV, 2 do
  -- What went out in an earlier attempt is not sent twice.
  if not out or tonumber(ARGV[i]) > out then
    local envelope = ARGV[i + 1]
    local offset = redis.call('XADD', KEYS[8], 'MAXLEN', '~', ARGV[11], '*', 'e', envelope)
    redis.call('PUBLISH', ARGV[10], '{"offset":"' .. offset .. '",' .. string.sub(envelope, 2))
    bytes, last = bytes + #envelope, offset
  end
end

-- The stream is bounded in bytes too. Its sizes are counted in blocks, so that what is oldest can go without being read:
-- `open` bytes since the last block, then `first` to `next` - 1 a block each, `size offset-of-its-last-entry`, and their
-- sum in `all`. Where the sizes are gone and the stream is not, they begin anew, and what is older goes with the first.
if not last then return {0, version} end
local open = redis.call('HINCRBY', KEYS[9], 'open', bytes)
if open < tonumber(ARGV[13]) then return {0, version} end
local block = redis.call('HINCRBY', KEYS[9], 'next', 1)
local all = redis.call('HINCRBY', KEYS[9], 'all', open)
redis.call('HSET', KEYS[9], 'open', 0, tostring(block), open .. ' ' .. last)
local first = tonumber(redis.call('HGET', KEYS[9], 'first') or '') or 1
local cut
while all > tonumber(ARGV[12]) and first < block do
  local size, offset = string.match(redis.call('HGET', KEYS[9], tostring(first)) or '', '^(%d+) (.+)$')
  redis.call('HDEL', KEYS[9], tostring(first))
  if size then all, cut = all - tonumber(size), offset end
  first = first + 1
end
if cut then
  redis.call('HSET', KEYS[9], 'all', all, 'first', first)
  local millis, number = string.match(cut, '^(%d+)-(%d+)$')
  redis.call('XTRIM', KEYS[8], 'MINID', millis .. '-' .. string.format('%.0f', tonumber(number) + 1))
end
return {0, version}
