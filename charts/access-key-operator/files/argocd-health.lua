-- Argo CD's health check for AccessKey; docs/gitops.md says where it goes.
local resting = { Disabled = true, Expired = true, Paused = true }
local status = obj.status or {}
local conditions = {}
for _, condition in ipairs(status.conditions or {}) do
  conditions[condition.type] = condition
end
local ready = conditions.Ready
local said = ready and (ready.reason .. ": " .. ready.message)

if obj.metadata.deletionTimestamp ~= nil then
  return { status = "Progressing", message = "being revoked" .. (said and ready.status ~= "True" and ("; " .. said) or "") }
end
-- -1 until the operator has looked at it; an older one speaks of an earlier spec.
if ready == nil or status.observedGeneration ~= obj.metadata.generation then
  return { status = "Progressing", message = "waiting for the operator to look at it" }
end
if ready.status == "True" then
  return { status = "Healthy", message = said }
end
-- As somebody wrote it: nothing is wrong, and nothing is on its way.
if resting[ready.reason] then
  return { status = "Suspended", message = said }
end
if conditions.Stalled ~= nil and conditions.Stalled.status == "True" then
  return { status = "Degraded", message = said }
end
return { status = "Progressing", message = said }
