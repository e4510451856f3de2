/** Devices that reported one attack, joined by name. Pure. */
import { MOST_ALARM_NAMES, MOST_DEVICES, type ReportingDevice } from './schema/alert.js';
import { laxestAction, severityRank } from './vocabulary.js';

/** `known` keeps its order; the first {@link MOST_DEVICES} are named. Neither list is changed. */
export function joinDevices(
  known: readonly ReportingDevice[],
  more: readonly ReportingDevice[],
): ReportingDevice[] {
  const joined = [...known];
  for (const device of more) {
    const at = joined.findIndex(({ name }) => name === device.name);
    const before = joined[at];
    if (before) joined[at] = joinedOf(before, device);
    else if (joined.length < MOST_DEVICES) joined.push(device);
  }
  return joined;
}

function joinedOf(before: ReportingDevice, after: ReportingDevice): ReportingDevice {
  const action = laxestAction(before.action, after.action);
  const names = after.alarms.every((name) => before.alarms.includes(name))
    ? before.alarms
    : [...new Set([...before.alarms, ...after.alarms])].slice(0, MOST_ALARM_NAMES);
  return {
    name: before.name,
    alarms: names,
    count: before.count + after.count,
    severity: severityRank(after.severity) > severityRank(before.severity) ? after.severity : before.severity,
    ...(action && { action }),
  };
}
