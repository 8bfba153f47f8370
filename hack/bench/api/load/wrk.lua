-- One operation for wrk: OPERATION, TOKEN, OWNED (tasks of the user), OPEN_IDS (file), TARGET (path of a listing).
local operation, owned = os.getenv("OPERATION"), tonumber(os.getenv("OWNED"))
local headers = { ["authorization"] = "Bearer " .. os.getenv("TOKEN"), ["content-type"] = "application/json" }
local body = [[{"title":"Prepare the budget report","description":"For the meeting on Monday morning","priority":"P2",
"tags":["tag01","tag02"],"due":{"local":"2027-02-10T09:00:00","zone":"Europe/Berlin"},
"reminders":[{"minutes_before":30}]}]]
local ids, sent = {}, 0

local function uuid(n)
  return "00000000-0000-0000-0000-" .. string.format("%012d", n)
end

function init()
  math.randomseed(42)
  if operation == "complete" then
    for id in io.lines(os.getenv("OPEN_IDS")) do ids[#ids + 1] = id end
  end
end

function request()
  sent = sent + 1
  if operation == "get" then
    return wrk.format("GET", "/v1/tasks/" .. uuid(10 * math.random(owned)), headers)
  elseif operation == "create" then
    return wrk.format("POST", "/v1/tasks", headers, body)
  elseif operation == "complete" then
    return wrk.format("POST", "/v1/tasks/" .. ids[(sent - 1) % #ids + 1] .. "/complete", headers)
  end
  return wrk.format("GET", os.getenv("TARGET"), headers)
end

-- Requests per second, p50 and p95 in milliseconds, answers that are no 2xx or 3xx, broken connections.
function done(summary, latency)
  local e = summary.errors
  print(string.format("RESULT %.1f %.3f %.3f %d %d", summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1000, latency:percentile(95) / 1000, e.status, e.connect + e.read + e.write + e.timeout))
end
