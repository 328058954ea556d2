/**
 * Returns the flags of `go build` and `go install` for every Go program of the tests. Builds with equal flags share
 * compiled code. The linker omits what only debuggers read (-w), so the compiler needn't make it.
 * @param linkerFlags the linker's flags beside `-s -w`
 */
export function goFlags(linkerFlags: readonly string[] = []): string[] {
  return ['-trimpath', '-gcflags=all=-dwarf=false', '-ldflags', ['-s', '-w', ...linkerFlags].join(' ')];
}
