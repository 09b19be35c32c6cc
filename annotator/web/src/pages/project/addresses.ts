// A pasted list of addresses.

/** The addresses of a pasted list: one a line, `#` begins a remark; with the line each stands in. */
export function addressesOf(text: string): { address: string; line: number }[] {
  return text
    .split("\n")
    .map((line, index) => ({ address: line.trim(), line: index + 1 }))
    .filter(({ address }) => address !== "" && !address.startsWith("#"));
}
