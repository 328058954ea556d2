/**
 * What `go build` and `go install` are told for every Go program of the tests. Builds with equal flags share what is
 * compiled. The linker leaves out what only debuggers read (-w), so the compiler needn't make it.
 * @param linkerFlags what the linker is told beside `-s -w`
 */
export function goFlags(linkerFlags: readonly string[] = []): string[] {
  return ['-trimpath', '-gcflags=all=-dwarf=false', '-ldflags', ['-s', '-w', ...linkerFlags].join(' ')];
}
