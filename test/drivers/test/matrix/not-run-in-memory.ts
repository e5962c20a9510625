/** The rows that are run on QEMU, and not in memory, with the reason. @module */

/** Why a row is not run, by its number. */
export const notRunInMemory: Readonly<Record<number, string>> = {
  265: 'a guest that does not let go of a disk: in memory it does at once',
  364: 'a write through the monitor of QEMU: there is no monitor in memory',
  383: 'a quit of QEMU over its monitor: there is no monitor in memory',
}
