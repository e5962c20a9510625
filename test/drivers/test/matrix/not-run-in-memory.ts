/** The rows that are run on QEMU, and not in memory, with the reason. @module */

const hotplug = 'attaching and detaching disks: a later issue'

/** Why a row is not run, by its number. */
export const notRunInMemory: Readonly<Record<number, string>> = {
  157: hotplug,
  158: hotplug,
  265: hotplug,
  269: hotplug,
  364: 'a write through the monitor of QEMU: there is no monitor in memory',
  383: 'a quit of QEMU over its monitor: there is no monitor in memory',
}
