/** The rows that are run in memory, and not on QEMU, with the reason. @module */

const transient = 'transient disks, which are overlays: with snapshots, a later issue'
const testDriver = "a rule of libvirt's own test driver"

/** Why a row is not run, by its number. */
export const notRunOnQemu: Readonly<Record<number, string>> = {
  323: transient,
  325: transient,
  326: transient,
  332: testDriver,
  334: testDriver,
  335: testDriver,
  337: testDriver,
  338: testDriver,
  340: testDriver,
  341: testDriver,
  343: testDriver,
  346: testDriver,
  347: testDriver,
  349: testDriver,
  350: testDriver,
}
