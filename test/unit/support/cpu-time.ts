/**
 * Returns the CPU time that this process spends on `work`, in ms. Unlike the time on the clock, it doesn't grow with the
 * load of the machine, so that two of them can be compared.
 */
export function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
