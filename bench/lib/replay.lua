-- Sends the requests of a file one after the other: each is "<method> <path>\n<header lines>\n\n<body>\0".
local requests = {}
local at = 0

function init(args)
  local file = assert(io.open(args[1], "rb"))
  for one in file:read("*a"):gmatch("([^%z]+)") do
    local head, body = one:match("^(.-)\n\n(.*)$")
    local method, path = head:match("^(%S+) (%S+)")
    local headers = {}
    for name, value in head:gmatch("\n([^:\n]+): ([^\n]*)") do headers[name] = value end
    requests[#requests + 1] = wrk.format(method, path, headers, body ~= "" and body or nil)
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end
