import { ok, okAsync } from 'neverthrow'
import type { ConnectDriverMembers } from '../../driver/index.ts'
import { settled } from '../../driver/index.ts'
import type { QemuHost } from './host-state.ts'
import { defaultEmulator } from './default-emulator.ts'

/** libvirt's features that every in-process driver has: file descriptors, string parameters, network update order. */
const features: ReadonlySet<number> = new Set([8, 9, 16])

/** The members of {@link connect}. */
type ConnectMembers = Required<
  Pick<
    ConnectDriverMembers,
    | 'connectSupportsFeature'
    | 'connectGetType'
    | 'connectGetVersion'
    | 'connectGetHostname'
    | 'connectIsEncrypted'
    | 'connectIsSecure'
    | 'connectIsAlive'
  >
>

/** What the connection itself answers. */
export function connect(host: QemuHost): ConnectMembers {
  return {
    connectSupportsFeature: (feature) => okAsync(features.has(feature)),
    connectGetType: () => okAsync('QEMU'),
    connectGetVersion: () => defaultEmulator(host, host.arch).map(({ version }) => version),
    connectGetHostname: () => settled(ok(host.facts.hostname)),
    connectIsEncrypted: () => okAsync(false),
    connectIsSecure: () => okAsync(true),
    connectIsAlive: () => okAsync(true),
  }
}
