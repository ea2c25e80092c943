-- By Redis' own clock: those of the servers may differ. A sorted set of runs, by when each runs out.
-- KEYS: the set. ARGV: how many there may be, the seconds that a run counts, the run. 1: it is counted; 0: there is no room.
local now = redis.call('TIME')
now = now[1] + now[2] / 1e6
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[3])
redis.call('PEXPIRE', KEYS[1], math.ceil(ARGV[2] * 1000))
return 1
