/** The guest's names of disks: `vda`, `sdab`, `hdc1`. @module */

const prefixes = ['fd', 'hd', 'vd', 'sd', 'xvd', 'ubd']

/**
 * Gives the position that a disk's name stands for, from 0: `vda` 0, `vdz` 25, `vdaa` 26; libvirt's `virDiskNameToIndex`.
 *
 * The number of a partition behind it does not count. Gives nothing for a name of another shape.
 */
export function diskNameIndex(name: string): number | undefined {
  const prefix = prefixes.find((start) => name.startsWith(start))
  const match = prefix === undefined ? null : /^([a-z]+)\d*$/.exec(name.slice(prefix.length))
  if (match === null) return undefined
  let index = 0
  // In C's int, which wraps around.
  for (const letter of match[1] ?? '') {
    index = Math.imul(index, 26) + letter.charCodeAt(0) - 96
    index |= 0
  }
  return (index - 1) | 0
}
